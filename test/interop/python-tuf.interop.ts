// python-tuf, tuf-js and our client read the same repositories of a running server: they find the same, and refuse the same.

import { createHash } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeUtf8 } from '@countersign/core';
import { strippedSignatures } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, serve, temporaryFolder } from '../lab/countersign.ts';
import { type InBetween, standBetween } from './in-between.ts';
import { type Findings, ours, pythonTuf, type Reader, type Readers, tufJs } from './readers.ts';
import { digestOfName, startTeams, type Teams, withBins, withTeam } from './teams.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: RunningServer;
let python: Awaited<ReturnType<typeof pythonTuf>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await serve(join(folder.path, 'data'));
  python = await pythonTuf(folder.path);
});
afterAll(async () => {
  await server?.kill('SIGTERM');
  await folder?.remove();
});

const alone =
  (many: Readers): Reader =>
  async (question) =>
    (await many([question]))[0] ?? {};
const readers = (): readonly (readonly [string, Reader])[] => [
  ['ours', ours],
  ['tuf-js', tufJs],
  ...(typeof python === 'function' ? [['python-tuf', alone(python)] as const] : []),
];

/** What each reader finds; refusals are one word, because each has its own errors. */
async function ask(teams: Teams, names: readonly string[], base: string = teams.base): Promise<ReadonlyMap<string, Findings>> {
  const root = teams.repository.served.get('1.root.json');
  if (root === undefined) throw new Error('there is no first root');
  const found = new Map<string, Findings>();
  for (const [name, read] of readers()) {
    const own = await mkdtemp(join(folder.path, 'reader-'));
    const findings = await read({ base, gun: teams.repository.gun, root, names, folder: own });
    const words = Object.entries(findings).map(([target, value]) => [target, value?.startsWith('refused') ? 'refused' : value]);
    found.set(name, Object.fromEntries(words));
  }
  return found;
}

const wanted = (findings: Findings): ReadonlyMap<string, Findings> => new Map(readers().map(([name]) => [name, findings]));
const found = (...names: readonly string[]): Findings => Object.fromEntries(names.map((name) => [name, digestOfName(name)]));

/** Two teams below targets, one of them with a team of its own; every threshold above one is of three people. */
async function nested(gun: string): Promise<Teams> {
  const teams = await startTeams(server.url, gun);
  await teams.upload(await teams.signed('releases', ['v1']));
  await teams.upload(...(await withTeam(teams, 'targets', 'web', { paths: ['web/*', 'web/*/*'], of: 3, threshold: 2 })));
  await teams.upload(...(await withTeam(teams, 'web', 'web-css', { paths: ['web/css/*'], of: 2, threshold: 2 })));
  await teams.upload(...(await withTeam(teams, 'targets', 'docs', { paths: ['docs/*', '?-note'], of: 1, threshold: 1 })));
  await teams.upload(await teams.signed('web', ['web/app']), await teams.signed('web-css', ['web/css/main', 'web/js/none']));
  await teams.upload(await teams.signed('docs', ['docs/guide', 'a-note']));
  return teams;
}

const SIGNED = ['v1', 'web/app', 'web/css/main', 'docs/guide', 'a-note'];
const UNSIGNED = ['v2', 'web/none', 'web/css/none', 'web/js/none', 'docs/none', 'docs/a/b'];
const NOTHING: Findings = Object.fromEntries(UNSIGNED.map((name) => [name, null]));

describe('python-tuf, tuf-js and ours', () => {
  it('are all there, or the reason is', (context) => {
    if (typeof python !== 'function') context.skip(`python-tuf is not to be had: ${python.missing}`);
  });

  it('find the same in nested teams with thresholds', async () => {
    const teams = await nested('registry.example.com/teams/nested');
    expect(await ask(teams, [...SIGNED, ...UNSIGNED])).toEqual(wanted({ ...found(...SIGNED), ...NOTHING }));
  });

  it('find the same when the keys of every role were replaced', async () => {
    const teams = await nested('registry.example.com/teams/rotated');
    for (const [role, threshold] of [
      ['root', 2],
      ['timestamp', 1],
      ['snapshot', 1],
      ['targets', 2],
    ] as const) {
      await teams.upload(...(await teams.rotated(role, threshold)));
    }
    for (const [from, name, paths] of [
      ['targets', 'releases', ['*']],
      ['targets', 'web', ['web/*', 'web/*/*']],
      ['web', 'web-css', ['web/css/*']],
      ['targets', 'docs', ['docs/*', '?-note']],
    ] as const) {
      await teams.upload(...(await withTeam(teams, from, name, { paths, of: 3, threshold: 2 })));
    }
    expect(await ask(teams, [...SIGNED, ...UNSIGNED])).toEqual(wanted({ ...found(...SIGNED), ...NOTHING }));
  });
});

/** Tags in sixteen hash bins below `releases`. */
const TAGS = Array.from({ length: 12 }, (_, at) => `v1.${at}`);
async function binned(gun: string): Promise<Teams> {
  const teams = await startTeams(server.url, gun);
  await teams.upload(...(await withBins(teams, 'releases', 'bin', 4, TAGS)));
  return teams;
}

describe('python-tuf, tuf-js and ours, in hash bins', () => {
  it('find the same', async () => {
    const teams = await binned('registry.example.com/bins/read');
    const absent = ['v2.0', 'latest', 'a/b'];
    const nothing = Object.fromEntries(absent.map((name) => [name, null]));
    expect(await ask(teams, [...TAGS, ...absent])).toEqual(wanted({ ...found(...TAGS), ...nothing }));
  });

  it('refuse the same', async () => {
    const teams = await binned('registry.example.com/bins/tampered');
    const between = await standBetween(teams.base);
    try {
      const binOf = (tag: string): number => (createHash('sha256').update(tag).digest()[0] ?? 0) >> 4;
      const inside = TAGS.filter((tag) => binOf(tag) === binOf('v1.0'));
      const path = `1.bin-${binOf('v1.0').toString(16)}.json`;
      const file = teams.repository.served.get(path);
      if (file === undefined) throw new Error(`there is no ${path}`);
      for (const bytes of [strippedSignatures(file, 1), file.subarray(1), undefined]) {
        between.instead.set(path, bytes);
        const names = Object.fromEntries(inside.map((tag) => [tag, 'refused']));
        expect(await ask(teams, inside, between.base)).toEqual(wanted(names));
      }
    } finally {
      await between.close();
    }
  });
});

describe('python-tuf, tuf-js and ours refuse the same', () => {
  let teams: Teams;
  let between: InBetween;
  beforeAll(async () => {
    teams = await nested('registry.example.com/teams/tampered');
    await teams.upload(...(await teams.rotated('root', 2)));
    between = await standBetween(teams.base);
  });
  afterAll(() => between?.close());

  const fetched = async (path: string): Promise<Uint8Array> => {
    const answer = await fetch(`${teams.base}/${path}`);
    expect(answer.status).toBe(200);
    return new Uint8Array(await answer.arrayBuffer());
  };
  /** The path by which a reader asks for the newest file of a role. */
  const pathOf = async (role: string): Promise<string> => {
    if (role === 'timestamp') return 'timestamp.json';
    const { signed } = JSON.parse(Buffer.from(await fetched(`${role}.json`)).toString('utf8')) as { signed: { version: number } };
    return `${signed.version}.${role}.json`;
  };
  const edited = (file: Uint8Array, from: RegExp, to: string): Uint8Array => {
    const text = new TextDecoder().decode(file);
    expect(text).toMatch(from);
    return encodeUtf8(text.replace(from, to));
  };
  const TAMPERINGS: readonly (readonly [string, (file: Uint8Array) => Uint8Array | undefined])[] = [
    ['with another year of expiry', (file) => edited(file, /"expires":"20/, '"expires":"21')],
    ['without signatures', (file) => strippedSignatures(file)],
    ['with another signature', (file) => edited(file, /"sig":"([0-9a-f]{8})/g, '"sig":"00000000')],
    ['cut off', (file) => file.subarray(0, file.length - 9)],
    ['that is not there', () => undefined],
  ];
  /** The names whose way leads through a role. */
  const throughRole: readonly (readonly [string, readonly string[]])[] = [
    ['root', SIGNED],
    ['timestamp', SIGNED],
    ['snapshot', SIGNED],
    ['targets', SIGNED],
    ['releases', ['v1']],
    ['web', ['web/app', 'web/css/main']],
    ['web-css', ['web/css/main']],
    ['docs', ['docs/guide']],
  ];

  it.each(throughRole)('%s, in whatever way it was changed', async (role, names) => {
    const path = await pathOf(role);
    const file = await fetched(path);
    for (const [how, change] of TAMPERINGS) {
      const bytes = change(file);
      // A root that is not there is the way to say that there is no newer one.
      if (role === 'root' && bytes === undefined) continue;
      between.instead.clear();
      between.instead.set(path, bytes);
      const refused = wanted(Object.fromEntries(names.map((name) => [name, 'refused'])));
      expect([how, await ask(teams, names, between.base)]).toEqual([how, refused]);
    }
  });

  it('nothing else: a bad role is no reason to refuse what it has no say in', async () => {
    between.instead.clear();
    between.instead.set(await pathOf('web-css'), new Uint8Array());
    expect(await ask(teams, ['v1', 'web/app', 'docs/guide'], between.base)).toEqual(wanted(found('v1', 'web/app', 'docs/guide')));
  });
});
