// The store on PostgreSQL: reads ask the database each time, so that what another process committed is seen at once; commits go through
// the writer. What is kept in memory are bytes, and those only under the digest that a head of just now names.
import type { Digest, Gun, RoleName } from '@countersign/core';
import { checkClaim, sha256 } from '../check-change.ts';
import type { DamagedItem, StoredItem } from '../dump/item.ts';
import { StoreError, shown } from '../errors.ts';
import type { WriterCounts } from '../group-commit.ts';
import { isDigest, isGun, isRoleName } from '../guards.ts';
import { lineOf, type StoredHead } from '../line.ts';
import { RecentFiles } from '../recent-files.ts';
import type { StoredRecord } from '../record/record.ts';
import { readRepositoryKey, repositoryKey } from '../repository-key.ts';
import { damaged } from '../sealed.ts';
import type { Change, Claim, FileRef, Head, MetadataStore, RecordQuery, RepositoryRef, Revision, SharedStore } from '../store.ts';
import type { ContentRow } from './content.ts';
import { dumpDatabase } from './dump.ts';
import { type HeadRow, headKey, readHeadRow } from './heads.ts';
import { loadDatabase } from './load.ts';
import { movedSince } from './moves.ts';
import type { Reads } from './reads.ts';
import { allRecords, recordsOf } from './records.ts';
import { claimKey } from './staging.ts';
import { type ClaimRow, claimsTogether, headsTogether, type Together } from './together.ts';
import type { Writer } from './writer.ts';

const repositoriesAtOnce = 256;

/** A store on PostgreSQL. Any number of processes may open the same database. */
export class PostgresStore implements MetadataStore, SharedStore {
  readonly #reads: Reads;
  readonly #writer: Writer;
  readonly #files = new RecentFiles();
  readonly #heads: Together<HeadRow>;
  readonly #claims: Together<ClaimRow>;

  /** For `openPostgresStore`, which has brought the tables to this program's layout. */
  constructor(reads: Reads, writer: Writer) {
    this.#reads = reads;
    this.#writer = writer;
    this.#heads = headsTogether(reads);
    this.#claims = claimsTogether(reads);
  }

  async head(repository: RepositoryRef): Promise<Head | undefined> {
    return (await this.#stored(repositoryKey(repository)))?.head;
  }

  /** Hashes what it reads, as the store on LevelDB does: a damaged disk must not feed clients bytes that they will refuse. */
  async file(repository: RepositoryRef, ref: FileRef): Promise<Uint8Array | undefined> {
    const name = repositoryKey(repository);
    const current = await this.#stored(name);
    return current && !current.head.deleted ? await this.#bytes(name, current, ref) : undefined;
  }

  async kept(repository: RepositoryRef, ref: FileRef, known?: Head): Promise<Uint8Array | undefined> {
    const name = repositoryKey(repository);
    const newest = known?.files.get(ref.role);
    const recent = newest && 'version' in ref && newest.version === ref.version ? this.#files.get(newest.digest) : undefined;
    if (recent !== undefined) return recent;
    const current = await this.#stored(name);
    return current && (await this.#bytes(name, current, ref));
  }

  async pending(repository: RepositoryRef, role: RoleName): Promise<Uint8Array | undefined> {
    const name = repositoryKey(repository);
    if (!isRoleName(role)) throw new StoreError('invalid', `no role is called ${shown(String(role))}`);
    let before: string | undefined;
    for (;;) {
      const [row] = await this.#reads.ask(
        (sql) => sql<(ContentRow & { digest: string })[]>`
          select digest, length, bytes, blob from countersign_drafts where repository = ${name} and role = ${role}`,
      );
      if (row === undefined) return undefined;
      const bytes = await this.#reads.content(row);
      if (sha256(bytes) === row.digest) return bytes;
      // The parts of a large draft go when the next one comes: then the row is another by now.
      if (before === `${row.blob} ${row.digest}`) throw damaged(`draft ${name} ${role}`, 'has another digest');
      before = `${row.blob} ${row.digest}`;
    }
  }

  async commit(repository: RepositoryRef, expected: Revision | 'new', change: Change): Promise<Head> {
    repositoryKey(repository);
    const head = await this.#writer.commit(repository, expected, change);
    for (const { digest, bytes } of change.files) this.#files.keep(digest, bytes);
    return head;
  }

  async claimants(claims: readonly Claim[]): Promise<readonly (Gun | undefined)[]> {
    claims.forEach(checkClaim);
    const rows = await Promise.all(claims.map((claim) => this.#claims.one(claimKey(claim))));
    return rows.map((row) => {
      if (row === undefined) return undefined;
      if (!isGun(row.gun)) throw damaged(`claim ${row.kind} ${row.digest}`, 'is not a GUN');
      return row.gun;
    });
  }

  async records(query: RecordQuery): Promise<readonly StoredRecord[]> {
    if (query.repository === undefined) return await allRecords(this.#reads, query);
    const repository = repositoryKey(query.repository);
    const last = (await this.#stored(repository))?.head.seq ?? 0;
    return await recordsOf(this.#reads, query, { repository, last });
  }

  async *repositories(range: { readonly after?: RepositoryRef } = {}): AsyncIterable<RepositoryRef> {
    let after = range.after ? repositoryKey(range.after) : '';
    for (;;) {
      const rows = await this.#reads.ask(
        (sql) => sql<{ repository: string }[]>`
          select repository from countersign_heads where repository > ${after} order by repository limit ${repositoriesAtOnce}::bigint`,
      );
      for (const row of rows) {
        const repository = readRepositoryKey(row.repository);
        if (!repository) throw damaged(headKey(row.repository), 'has a key that names no repository');
        yield repository;
        after = row.repository;
      }
      if (rows.length < repositoriesAtOnce) return;
    }
  }

  dump(): AsyncIterable<StoredItem | DamagedItem> {
    return this.#reads.overOneLine(dumpDatabase);
  }

  async load(items: AsyncIterable<StoredItem | DamagedItem>): Promise<void> {
    for await (const _ of this.#reads.overOneLine((line) => loadDatabase(line, items)));
  }

  movedSince(since: number | undefined): Promise<{ readonly now: number; readonly moved: readonly RepositoryRef[] | 'many' }> {
    return movedSince(this.#reads, since);
  }

  reopen(): Promise<void> {
    return this.#writer.reopen();
  }

  /** What was done since the store was opened, for metrics. */
  get counts(): WriterCounts {
    return this.#writer.counts;
  }

  async close(): Promise<void> {
    await Promise.all([this.#reads.close(), this.#writer.close()]);
  }

  async #stored(repository: string): Promise<StoredHead | undefined> {
    return (await this.#head(repository)) ?? (await this.#absent(repository));
  }

  async #head(repository: string): Promise<StoredHead | undefined> {
    const row = await this.#heads.one(repository);
    return row && readHeadRow(row);
  }

  /** A lost head must not read as a new repository. It may also have begun between two looks. */
  async #absent(repository: string): Promise<StoredHead | undefined> {
    const [recorded] = await this.#reads.ask(
      (sql) => sql`select position from countersign_records where repository = ${repository} and seq = 1`,
    );
    if (recorded === undefined) return undefined;
    const head = await this.#head(repository);
    if (head === undefined) throw damaged(headKey(repository), 'is missing');
    return head;
  }

  async #bytes(name: string, current: StoredHead, ref: FileRef): Promise<Uint8Array | undefined> {
    const digest = 'digest' in ref ? ref.digest : await this.#digest(name, current, ref);
    if (digest === undefined) return undefined;
    const newest = current.head.files.get(ref.role)?.digest === digest;
    const recent = newest ? this.#files.get(digest) : undefined;
    if (recent !== undefined) return recent;
    const key = `file ${name} ${current.life} ${ref.role} ${digest}`;
    const [row] = await this.#reads.ask(
      (sql) => sql<ContentRow[]>`
        select length, bytes, blob from countersign_files
        where repository = ${name} and role = ${ref.role} and digest = ${digest} and life = ${current.life}::bigint`,
    );
    if (row === undefined) {
      // A digest may be anything that a client asked for; a version that stands in the index must have its bytes.
      if ('version' in ref || newest) throw damaged(key, 'is missing');
      return undefined;
    }
    const bytes = await this.#reads.content(row);
    if (sha256(bytes) !== digest) throw damaged(key, 'has another digest');
    if (newest) this.#files.keep(digest, bytes);
    return bytes;
  }

  async #digest(name: string, current: StoredHead, ref: Extract<FileRef, { version: unknown }>): Promise<Digest | undefined> {
    const newest = current.head.files.get(ref.role);
    if (newest?.version === ref.version) return newest.digest;
    const line = lineOf(current, ref.role);
    const [row] = await this.#reads.ask(
      (sql) => sql<{ digest: string }[]>`
        select digest from countersign_versions
        where repository = ${name} and role = ${ref.role} and version = ${ref.version}::bigint and line = ${line}::bigint`,
    );
    if (row === undefined) return undefined;
    if (!isDigest(row.digest)) throw damaged(`version ${name} ${line} ${ref.role} ${ref.version}`, 'is not a digest');
    return row.digest;
  }
}
