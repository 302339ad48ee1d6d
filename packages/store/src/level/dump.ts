// Walks through everything in a table, at one moment, and tells what of it is damaged. The ranges of heads, versions, files, drafts and
// numbers of records are sorted alike, so they are walked side by side: what belongs to a repository without a head is met too.

import { sha256 } from '../check-change.ts';
import type { DamagedItem, DraftItem, FileItem, HeadItem, RecordItem, StoredItem, VersionItem } from '../dump/item.ts';
import { isStoreError, type StoreError } from '../errors.ts';
import { isDigest, isGun, isVersion } from '../guards.ts';
import { readRecord } from '../record/read.ts';
import { readRepositoryKey, readRoleKey, repositoryKey } from '../repository-key.ts';
import { damaged, unseal, unsealText } from '../sealed.ts';
import type { RepositoryRef } from '../store.ts';
import { readHeadValue } from './head-value.ts';
import { fieldsOf, lastKey, rangeOf, readNumberField, recordKey, seqKey } from './keys.ts';
import type { Table, TableSnapshot } from './table.ts';

type Entry = readonly [key: string, value: Uint8Array];

/** As `MetadataStore.dump` says. */
export async function* dumpTable(table: Table): AsyncGenerator<StoredItem | DamagedItem> {
  const snapshot = table.snapshot();
  try {
    yield* repositories(snapshot);
    yield* records(snapshot);
    for await (const [key, value] of snapshot.entries(rangeOf('claim'))) yield told(undefined, () => readClaim(key, value));
  } finally {
    await snapshot.close();
  }
}

const kinds = ['head', 'version', 'file', 'draft', 'seq'] as const;

async function* repositories(snapshot: TableSnapshot): AsyncGenerator<StoredItem | DamagedItem> {
  const ranges = kinds.map((kind) => new Walk(snapshot.entries(rangeOf(kind))));
  const [heads, versions, files, drafts, numbers] = ranges;
  try {
    await Promise.all(ranges.map((range) => range.next()));
    for (;;) {
      const [name] = ranges.flatMap(({ repository }) => (repository === undefined ? [] : [repository])).sort();
      if (name === undefined) return;
      const repository = readRepositoryKey(name);
      if (repository === undefined) {
        yield { item: 'damage', error: damaged(name, 'has a key that names no repository') };
        for (const range of ranges) for await (const _ of range.of(name));
        continue;
      }
      let seq = 0;
      let found = false;
      for await (const [key, value] of heads?.of(name) ?? []) {
        const item = told(repository, () => readHead(repository, key, value));
        found = true;
        if (item.item === 'head') seq = item.head.seq;
        yield item;
      }
      if (!found) yield { item: 'damage', repository, error: damaged(`head ${name}`, 'is missing') };
      for await (const [key, value] of versions?.of(name) ?? []) yield told(repository, () => readVersionOf(repository, key, value));
      for await (const [key, value] of files?.of(name) ?? []) yield told(repository, () => readFileOf(repository, key, value));
      for await (const [key, value] of drafts?.of(name) ?? []) yield told(repository, () => readDraft(repository, key, value));
      let count = 0;
      for await (const [key] of numbers?.of(name) ?? []) {
        count += 1;
        if (key !== seqKey(name, count)) yield { item: 'damage', repository, error: damaged(seqKey(name, count), 'is missing') };
        count = readNumberField(fieldsOf(key)[2] ?? '') ?? count;
      }
      if (found && count < seq) yield { item: 'damage', repository, error: damaged(seqKey(name, seq), 'is missing') };
    }
  } finally {
    for (const range of ranges) await range.close();
  }
}

/** One range, a repository at a time. */
class Walk {
  readonly #entries: AsyncGenerator<Entry>;
  #entry: Entry | undefined;

  constructor(entries: AsyncGenerator<Entry>) {
    this.#entries = entries;
  }

  /** The repository of the entry that comes next, as `repositoryKey` names it. */
  get repository(): string | undefined {
    return this.#entry && fieldsOf(this.#entry[0]).slice(0, 2).join(' ');
  }

  async next(): Promise<void> {
    const { done, value } = await this.#entries.next();
    this.#entry = done === true ? undefined : value;
  }

  async *of(repository: string): AsyncGenerator<Entry> {
    while (this.#entry !== undefined && this.repository === repository) {
      yield this.#entry;
      await this.next();
    }
  }

  async close(): Promise<void> {
    await this.#entries.return(undefined);
  }
}

const atOnce = 256;

async function* records(snapshot: TableSnapshot): AsyncGenerator<RecordItem | DamagedItem> {
  let page: Entry[] = [];
  let end = 0;
  for await (const entry of snapshot.entries(rangeOf('record'))) {
    page.push(entry);
    if (page.length < atOnce) continue;
    for (const item of await readPage(snapshot, page)) {
      yield item;
      if (item.item === 'record') end = item.position;
    }
    page = [];
  }
  for (const item of await readPage(snapshot, page)) {
    yield item;
    if (item.item === 'record') end = item.position;
  }
  const [value] = await snapshot.getMany([lastKey]);
  if (value === undefined && end === 0) return;
  const last = told(undefined, () => ({ item: 'last' as const, position: value === undefined ? 0 : Number(unsealText(lastKey, value)) }));
  if (last.item === 'damage') yield last;
  else if (last.position !== end)
    yield { item: 'damage', error: damaged(recordKey(last.position), `is not where the records end, ${end} is`) };
}

/** Records with what the index of their repositories says of them. */
async function readPage(snapshot: TableSnapshot, page: readonly Entry[]): Promise<readonly (RecordItem | DamagedItem)[]> {
  const read = page.map(([key, value]) => {
    let repository: RepositoryRef | undefined;
    let indexed = '';
    const item = told(undefined, () => {
      const [field = ''] = fieldsOf(key);
      const bytes = new Uint8Array(unseal(key, value));
      const { gun, dialect, seq } = readRecord(bytes);
      repository = { gun, dialect };
      indexed = seqKey(repositoryKey(repository), seq);
      return { item: 'record', position: readNumberField(field) ?? 0, bytes } as const;
    });
    return { item, repository, indexed };
  });
  const places = await snapshot.getMany(read.map(({ indexed }) => indexed));
  return read.flatMap(({ item, repository, indexed }, index): readonly (RecordItem | DamagedItem)[] => {
    if (item.item === 'damage') return [item];
    const value = places[index];
    const place = told(repository, () => {
      if (value === undefined) throw damaged(indexed, 'is missing');
      if (readNumberField(unsealText(indexed, value)) !== item.position) throw damaged(indexed, `is not the position ${item.position}`);
      return item;
    });
    return place.item === 'damage' ? [place, item] : [item];
  });
}

function readHead(repository: RepositoryRef, key: string, value: Uint8Array): HeadItem {
  return { item: 'head', repository, ...readHeadValue(key, value) };
}

function readVersionOf(repository: RepositoryRef, key: string, value: Uint8Array): VersionItem {
  const [, , lineField = '', roleField = '', versionField = ''] = fieldsOf(key);
  const [line, role, version] = [readNumberField(lineField), readRoleKey(roleField), readNumberField(versionField)];
  const digest = unsealText(key, value);
  if (line === undefined || role === undefined || !isVersion(version)) throw damaged(key, 'has a key that names no version');
  if (!isDigest(digest)) throw damaged(key, 'is not a digest');
  return { item: 'version', repository, line, role, version, digest };
}

function readFileOf(repository: RepositoryRef, key: string, value: Uint8Array): FileItem {
  const [, , lifeField = '', roleField = '', digest] = fieldsOf(key);
  const [life, role] = [readNumberField(lifeField), readRoleKey(roleField)];
  if (life === undefined || role === undefined || !isDigest(digest)) throw damaged(key, 'has a key that names no file');
  if (sha256(value) !== digest) throw damaged(key, 'has another digest');
  return { item: 'file', repository, life, role, digest, bytes: value };
}

function readDraft(repository: RepositoryRef, key: string, value: Uint8Array): DraftItem {
  const role = readRoleKey(fieldsOf(key)[2] ?? '');
  if (role === undefined) throw damaged(key, 'has a key that names no role');
  return { item: 'draft', repository, role, bytes: new Uint8Array(unseal(key, value)) };
}

function readClaim(key: string, value: Uint8Array): StoredItem {
  const [kind = '', digest = ''] = fieldsOf(key);
  const gun = unsealText(key, value);
  if (!isGun(gun)) throw damaged(key, 'is not a GUN');
  return { item: 'claim', claim: { kind, digest }, gun };
}

/** What was read, or what is wrong with it. */
function told<Item>(repository: RepositoryRef | undefined, read: () => Item): Item | DamagedItem {
  try {
    return read();
  } catch (error) {
    if (!isStoreError(error, 'damaged') && !isStoreError(error, 'invalid')) throw error;
    return damageOf(repository, error);
  }
}

const damageOf = (repository: RepositoryRef | undefined, error: StoreError): DamagedItem =>
  repository === undefined ? { item: 'damage', error } : { item: 'damage', repository, error };
