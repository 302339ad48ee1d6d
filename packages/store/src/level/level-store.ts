// The store on LevelDB: reads go straight to the table, commits go through the one writer.
import type { Digest, Gun, RoleName } from '@countersign/core';
import { checkClaim, sha256 } from '../check-change.ts';
import type { DamagedItem, StoredItem } from '../dump/item.ts';
import { StoreError } from '../errors.ts';
import type { WriterCounts } from '../group-commit.ts';
import { isDigest } from '../guards.ts';
import { lineOf, type StoredHead } from '../line.ts';
import { RecentFiles } from '../recent-files.ts';
import type { StoredRecord } from '../record/record.ts';
import { readRepositoryKey, repositoryKey } from '../repository-key.ts';
import { damaged, unseal, unsealText } from '../sealed.ts';
import type { Change, Claim, FileRef, Head, MetadataStore, RecordQuery, RepositoryRef, Revision } from '../store.ts';
import { readClaimant } from './claim-value.ts';
import { dumpTable } from './dump.ts';
import { currentKeys, readCurrent } from './head-value.ts';
import { claimKey, draftKey, fileKey, headKey, rangeOf, versionKey } from './keys.ts';
import { loadTable } from './load.ts';
import { RecentHeads } from './recent-heads.ts';
import { readRecords } from './records.ts';
import type { ReplaceableTable } from './replaceable-table.ts';
import type { Table } from './table.ts';
import { Writer } from './writer.ts';

const repositoriesAtOnce = 256;

/** How the table of a folder is opened again. */
export interface Again {
  /** Throws StoreError where opening is sure to fail. */
  room(): Promise<void>;
  open(): Promise<Table>;
  lastPosition(table: Table): Promise<number>;
}

/** A store on LevelDB. It has its folder alone until it is closed. */
export class LevelStore implements MetadataStore {
  readonly #table: ReplaceableTable;
  readonly #again: Again;
  readonly #writer: Writer;
  readonly #heads = new RecentHeads();
  readonly #files = new RecentFiles();
  #reopening: Promise<void> | undefined;
  #closed = false;

  /** For `openLevelStore`, which knows what stands in the table. */
  constructor(table: ReplaceableTable, lastPosition: number, again: Again) {
    this.#table = table;
    this.#again = again;
    this.#writer = new Writer(table, lastPosition, this.#heads);
  }

  async head(repository: RepositoryRef): Promise<Head | undefined> {
    return (await this.#stored(repositoryKey(repository)))?.head;
  }

  /** Hashes what it reads: about 1 ms for each 2 MB, so that a damaged disk cannot feed clients bytes that they must refuse. */
  async file(repository: RepositoryRef, ref: FileRef): Promise<Uint8Array | undefined> {
    const name = repositoryKey(repository);
    const current = await this.#stored(name);
    return current && !current.head.deleted ? await this.#bytes(name, current, ref) : undefined;
  }

  async kept(repository: RepositoryRef, ref: FileRef): Promise<Uint8Array | undefined> {
    const name = repositoryKey(repository);
    const current = await this.#stored(name);
    return current && (await this.#bytes(name, current, ref));
  }

  async pending(repository: RepositoryRef, role: RoleName): Promise<Uint8Array | undefined> {
    const key = draftKey(repositoryKey(repository), role);
    const value = await this.#get(key);
    return value && new Uint8Array(unseal(key, value));
  }

  async commit(repository: RepositoryRef, expected: Revision | 'new', change: Change): Promise<Head> {
    const head = await this.#writer.commit(repository, expected, change);
    for (const { digest, bytes } of change.files) this.#files.keep(digest, bytes);
    return head;
  }

  async claimants(claims: readonly Claim[]): Promise<readonly (Gun | undefined)[]> {
    claims.forEach(checkClaim);
    this.#checkOpen();
    const keys = claims.map(claimKey);
    const values = await this.#table.getMany(keys);
    return keys.map((key, index) => readClaimant(key, values[index]));
  }

  async records(query: RecordQuery): Promise<readonly StoredRecord[]> {
    this.#checkOpen();
    if (query.repository === undefined) return await readRecords(this.#table, query, { last: this.#writer.lastPosition });
    const repository = repositoryKey(query.repository);
    const last = (await this.#stored(repository))?.head.seq ?? 0;
    return await readRecords(this.#table, query, { last, repository });
  }

  async *repositories(range: { readonly after?: RepositoryRef } = {}): AsyncIterable<RepositoryRef> {
    const all = rangeOf('head');
    let gt = range.after ? headKey(repositoryKey(range.after)) : all.gt;
    for (;;) {
      this.#checkOpen();
      const keys = await this.#table.keys({ gt, lt: all.lt, limit: repositoriesAtOnce, reverse: false });
      for (const key of keys) {
        const repository = readRepositoryKey(key.slice('head '.length));
        if (!repository) throw damaged(key, 'has a key that names no repository');
        yield repository;
        gt = key;
      }
      if (keys.length < repositoriesAtOnce) return;
    }
  }

  async *dump(): AsyncGenerator<StoredItem | DamagedItem> {
    this.#checkOpen();
    yield* dumpTable(this.#table);
  }

  async load(items: AsyncIterable<StoredItem | DamagedItem>): Promise<void> {
    this.#checkOpen();
    this.#writer.continueAt(await loadTable(this.#table, items));
  }

  /**
   * Reads wait while the folder's table is closed and opened again. LevelDB then makes a table of what its log holds and syncs it, so
   * what is read afterwards is on the disk, also what a failed sync had left in doubt.
   */
  async reopen(): Promise<void> {
    this.#checkOpen();
    if (this.#writer.failure === undefined) return;
    this.#reopening ??= this.#openAgain().finally(() => {
      this.#reopening = undefined;
    });
    await this.#reopening;
  }

  async #openAgain(): Promise<void> {
    await this.#again.room();
    this.#checkOpen();
    const last = await this.#table.replace(this.#again.open, this.#again.lastPosition);
    this.#heads.clear();
    this.#writer.goOn(last);
  }

  /** What was done since the store was opened, for metrics. */
  get counts(): WriterCounts {
    return this.#writer.counts;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#reopening?.catch(() => undefined);
    await this.#writer.close();
    await this.#table.close();
  }

  async #get(key: string): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    const [value] = await this.#table.getMany([key]);
    return value;
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreError('closed', 'the store is closed');
  }

  async #stored(repository: string): Promise<StoredHead | undefined> {
    this.#checkOpen();
    const recent = this.#heads.get(repository);
    if (recent !== undefined) return recent;
    const keys = currentKeys(repository);
    const asked = this.#heads.moment();
    const values = await this.#table.getMany(keys);
    const stored = readCurrent(repository, (key) => values[keys.indexOf(key)]);
    if (stored !== undefined) this.#heads.keep(repository, stored, asked);
    return stored;
  }

  async #bytes(name: string, current: StoredHead, ref: FileRef): Promise<Uint8Array | undefined> {
    const digest = 'digest' in ref ? ref.digest : await this.#digest(name, current, ref);
    if (digest === undefined) return undefined;
    const newest = current.head.files.get(ref.role)?.digest === digest;
    const recent = newest ? this.#files.get(digest) : undefined;
    if (recent !== undefined) return recent;
    const key = fileKey(name, current.life, ref.role, digest);
    const bytes = await this.#get(key);
    if (bytes === undefined) {
      // A digest may be anything that a client asked for; a version that stands in the index must have its bytes.
      if ('version' in ref || newest) throw damaged(key, 'is missing');
      return undefined;
    }
    if (sha256(bytes) !== digest) throw damaged(key, 'has another digest');
    if (newest) this.#files.keep(digest, bytes);
    return bytes;
  }

  async #digest(repository: string, current: StoredHead, ref: Extract<FileRef, { version: unknown }>): Promise<Digest | undefined> {
    const newest = current.head.files.get(ref.role);
    if (newest?.version === ref.version) return newest.digest;
    const key = versionKey(repository, lineOf(current, ref.role), ref.role, ref.version);
    const value = await this.#get(key);
    if (value === undefined) return undefined;
    const digest = unsealText(key, value);
    if (!isDigest(digest)) throw damaged(key, 'is not a digest');
    return digest;
  }
}
