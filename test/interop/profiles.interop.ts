// What the reading profile reads, held against other clients: they read it too, or the page says who does not, and why.
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { type MetadataServer, startMetadataServer } from '@countersign/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { image, published } from '../attacks/victims/story.ts';
import { temporaryFolder } from '../lab/countersign.ts';
import type { Served } from '../profiles/cases.ts';
import { rowsOfPage } from '../profiles/page.ts';
import { rowsWithCases } from '../profiles/rows.ts';
import { pythonTuf, type Question, tufJs } from './readers.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: MetadataServer;
const repositories = new Map<string, Served>();
const questions: { readonly row: string; readonly name: string; readonly question: Question }[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startMetadataServer(repositories);
  const honest = await published(['v1'], { now: Date.now() });
  const root = honest.served.get('1.root.json') ?? new Uint8Array();
  for (const [row, cases] of rowsWithCases()) {
    for (const one of row.verdict === 'accepted' ? cases : []) {
      const gun = `case/${questions.length}`;
      repositories.set(gun, await one.make(honest));
      const base = `${server.url.origin}/v2/${gun}/_trust/metadata`;
      const own = await mkdtemp(join(folder.path, 'reader-'));
      questions.push({ row: row.what, name: one.name, question: { base, gun, root, names: ['v1'], folder: own } });
    }
  }
});
afterAll(async () => {
  await server?.close();
  await folder?.remove();
});

const WANTED = image('v1').digest.slice('sha256:'.length);
/** The rows of the page that name this reader. */
const onPage = (reader: string): readonly string[] =>
  rowsOfPage('Other readers').flatMap(({ what, verdict }) => (verdict.split(', ').includes(reader) ? [what] : []));
const differing = (found: readonly (string | null | undefined)[]): readonly string[] => [
  ...new Set(questions.flatMap(({ row }, index) => (found[index] === WANTED ? [] : [row]))),
];

it('tuf-js reads the same but for what the page says', async () => {
  const found: (string | null | undefined)[] = [];
  for (const { question } of questions) found.push((await tufJs(question))['v1']);
  expect(differing(found)).toEqual(onPage('tuf-js'));
});

it('python-tuf reads the same but for what the page says', async (context) => {
  const python = await pythonTuf(folder.path);
  if (typeof python !== 'function') return context.skip(`python-tuf is not to be had: ${python.missing}`);
  const found = await python(questions.map(({ question }) => question));
  expect(differing(found.map((findings) => findings['v1']))).toEqual(onPage('python-tuf'));
});
