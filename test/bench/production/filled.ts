// A store filled with repositories through the store itself: the files of one that a server judged, under as many names. Signing each would
// take an hour, and a server that answers reads judges none of them.
import { createHash } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Instant, parseGun } from '@countersign/core';
import { draftRecord, type NewFile, openLevelStore, type RepositoryRef, type ServerRole } from '@countersign/store';
import { serve, temporaryFolder } from '../../lab/countersign.ts';
import { initialise } from '../published.ts';
import { judgedUploads } from './judged.ts';

/** Of each repository: a root, targets, and versions of what is signed with every publish. */
export const FILES_EACH = 10;
const AT_ONCE = 1000;
const GENERATIONS: ReadonlyMap<ServerRole, number> = new Map([
  ['timestamp', 1],
  ['snapshot', 1],
]);

export const nameOf = (index: number): string => `registry.example.com/team-${index % 100}/app-${index}`;
// In front of the others, in the order of the store.
const FIRST = parseGun('a.example.com/app');

/** Fills a data folder on which a server can start. How long that took, in seconds. */
export async function fill(data: string, repositories: number): Promise<number> {
  const start = performance.now();
  const { path, remove } = await temporaryFolder();
  try {
    // The first one the usual way, so that the server's keys belong to the store as they do everywhere.
    const server = await serve(data, ['--log', 'error']);
    try {
      await initialise(server.url, join(path, 'publisher'), FIRST);
    } finally {
      await server.kill('SIGTERM');
    }
    const files = await filesOfOne(join(data, 'master.key'));
    await commitAll(join(data, 'store'), files, repositories);
    await mark(`${data}.high-water`, repositories);
  } finally {
    await remove();
  }
  return (performance.now() - start) / 1000;
}

/** The newest ones of three publishes, in the order in which they came. */
async function filesOfOne(masterKeyFile: string): Promise<readonly NewFile[]> {
  const [judged] = await judgedUploads(masterKeyFile, [nameOf(0)], 2);
  const files = judged?.commits.flatMap(({ change }) => change.files) ?? [];
  const first = files.findIndex(({ role }) => role === 'snapshot');
  const kept = files.filter((_, index) => index !== first);
  if (kept.length !== FILES_EACH) throw new Error(`wanted ${FILES_EACH} files of a repository, got ${kept.length}`);
  return kept;
}

async function commitAll(folder: string, files: readonly NewFile[], repositories: number): Promise<void> {
  const store = await openLevelStore(folder);
  const time = Date.now() as Instant;
  const commitOne = (index: number): Promise<unknown> => {
    const repository: RepositoryRef = { gun: parseGun(nameOf(index)), dialect: 'tuf' };
    const record = draftRecord(undefined, { repository, kind: 'import', time, files, signers: [] });
    return store.commit(repository, 'new', { files, record, claims: [], generations: GENERATIONS });
  };
  try {
    for (let start = 0; start < repositories; start += AT_ONCE) {
      const some = Math.min(AT_ONCE, repositories - start);
      await Promise.all(Array.from({ length: some }, (_, index) => commitOne(start + index)));
    }
  } finally {
    await store.close();
  }
}

/** What the server would have written of each publish; it reads all of them when it starts, and refuses a line that is not its own. */
async function mark(file: string, repositories: number): Promise<void> {
  const lines = Array.from({ length: repositories }, (_, index) => {
    const text = JSON.stringify([`${nameOf(index)} tuf`, 3, 3, 1]);
    return `${createHash('sha256').update(text).digest('hex').slice(0, 16)} ${text}\n`;
  });
  await appendFile(file, lines.join(''));
}
