// A store filled with repositories through the store itself: the files of one that a server judged, under as many names. Signing each would
// take an hour, and a server that answers reads judges none of them.
import { createHash } from 'node:crypto';
import { appendFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Gun, type Instant, parseGun } from '@countersign/core';
import {
  draftRecord,
  memoryStore,
  type NewFile,
  openLevelStore,
  type RepositoryRef,
  type ServerRole,
  type StoredItem,
} from '@countersign/store';
import { serve, temporaryFolder } from '../../lab/countersign.ts';
import { initialise } from '../published.ts';
import { judgedUploads } from './judged.ts';

/** Of each repository: a root, targets, and versions of what is signed with every publish. */
export const FILES_EACH = 10;
const GENERATIONS: ReadonlyMap<ServerRole, number> = new Map([
  ['timestamp', 1],
  ['snapshot', 1],
]);

export const nameOf = (index: number): string => `registry.example.com/team-${index % 100}/app-${index}`;
// In front of the others, in the order of the store.
export const FIRST: Gun = parseGun('a.example.com/app');

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
    const old = join(path, 'first');
    await rename(join(data, 'store'), old);
    await load(join(data, 'store'), old, await filesOfOne(join(data, 'master.key')), repositories);
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

/** What is in the store `old`, and behind it one repository after the other, as a dump brings them. */
async function load(folder: string, old: string, files: readonly NewFile[], repositories: number): Promise<void> {
  const names = Array.from({ length: repositories }, (_, index) => nameOf(index)).sort();
  const first: StoredItem[] = [];
  const before = await openLevelStore(old);
  try {
    for await (const item of before.dump()) {
      if (item.item === 'damage') throw item.error;
      first.push(item);
    }
  } finally {
    await before.close();
  }
  const store = await openLevelStore(folder);
  try {
    await store.load(itemsOf(first, names, await template(files)));
  } finally {
    await store.close();
  }
}

async function* itemsOf(first: readonly StoredItem[], names: readonly string[], one: readonly StoredItem[]): AsyncGenerator<StoredItem> {
  const records = first.filter(({ item }) => item === 'record');
  const drafted: Uint8Array[] = [];
  yield* first.filter(({ item }) => item !== 'record' && item !== 'claim');
  for (const name of names) {
    const repository: RepositoryRef = { gun: parseGun(name), dialect: 'tuf' };
    const { hash: recordHash, bytes } = recordOf(repository, one);
    drafted.push(bytes);
    for (const item of one) {
      if (item.item === 'head') yield { ...item, repository, head: { ...item.head, recordHash } };
      else if (item.item === 'version' || item.item === 'file') yield { ...item, repository };
    }
  }
  yield* records;
  for (const [index, bytes] of drafted.entries()) yield { item: 'record', position: records.length + index + 1, bytes };
  yield* first.filter(({ item }) => item === 'claim');
}

const TIME = Date.now() as Instant;

function recordOf(repository: RepositoryRef, one: readonly StoredItem[]) {
  const files = one.flatMap((item) => (item.item === 'version' ? [item] : []));
  return draftRecord(undefined, { repository, kind: 'import', time: TIME, files, signers: [] });
}

/** A repository as a store has it that committed these files. */
async function template(files: readonly NewFile[]): Promise<readonly StoredItem[]> {
  const store = memoryStore();
  const repository: RepositoryRef = { gun: parseGun(nameOf(0)), dialect: 'tuf' };
  const record = draftRecord(undefined, { repository, kind: 'import', time: TIME, files, signers: [] });
  await store.commit(repository, 'new', { files, record, claims: [], generations: GENERATIONS });
  const items: StoredItem[] = [];
  for await (const item of store.dump()) if (item.item !== 'damage') items.push(item);
  await store.close();
  return items;
}

/** What the server would have written of each publish; it reads all of them when it starts, and refuses a line that is not its own. */
async function mark(file: string, repositories: number): Promise<void> {
  const lines = Array.from({ length: repositories }, (_, index) => {
    const text = JSON.stringify([`${nameOf(index)} tuf`, 3, 3, 1]);
    return `${createHash('sha256').update(text).digest('hex').slice(0, 16)} ${text}\n`;
  });
  await appendFile(file, lines.join(''));
}
