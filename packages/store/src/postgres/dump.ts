// Walks through everything in a database, at one moment: a transaction that sees one snapshot, in which every statement reads a page. What
// is damaged is told in its place.
import { sha256 } from '../check-change.ts';
import type { DamagedItem, StoredItem } from '../dump/item.ts';
import { isStoreError } from '../errors.ts';
import { isDigest, isGun, isRoleName, isVersion } from '../guards.ts';
import { readRepositoryKey } from '../repository-key.ts';
import { damaged } from '../sealed.ts';
import type { RepositoryRef } from '../store.ts';
import type { Line } from './connection.ts';
import type { ContentRow } from './content.ts';
import { contentOver } from './content.ts';
import { type HeadRow, headKey, readHeadRow } from './heads.ts';
import { type RecordRow, readRecordRow } from './records.ts';

const atOnce = 256;
type Item = StoredItem | DamagedItem;

/** As `MetadataStore.dump`. `line` is for this alone, and is thrown away afterwards. */
export async function* dumpDatabase(line: Line): AsyncGenerator<Item> {
  await line.run(async () => {
    await line.sql`begin isolation level repeatable read read only`;
    // Whoever reads may take as long as they like between two items.
    await line.sql`set local idle_in_transaction_session_timeout = 0`;
  });
  yield* repositories(line);
  yield* orphans(line);
  yield* records(line);
  yield* claims(line);
}

async function* repositories(line: Line): AsyncGenerator<Item> {
  let after = '';
  for (;;) {
    const rows = await line.run(
      async () => line.sql<HeadRow[]>`
        select repository, head, seal from countersign_heads where repository > ${after} order by repository limit ${atOnce}::bigint`,
    );
    for (const row of rows) {
      after = row.repository;
      const repository = readRepositoryKey(row.repository);
      if (!repository) {
        yield { item: 'damage', error: damaged(headKey(row.repository), 'has a key that names no repository') };
        continue;
      }
      yield told(repository, () => ({ item: 'head', repository, ...readHeadRow(row) }));
      yield* parts(line, row.repository, repository);
    }
    if (rows.length < atOnce) return;
  }
}

/** What belongs to one repository, its head aside. */
async function* parts(line: Line, name: string, repository: RepositoryRef): AsyncGenerator<Item> {
  const { sql } = line;
  const versions = await line.run(
    async () => sql<{ line: number; role: string; version: number; digest: string }[]>`
      select line, role, version, digest from countersign_versions where repository = ${name} order by line, role, version`,
  );
  for (const row of versions) {
    yield told(repository, () => {
      const { role, version, digest } = row;
      if (!isRoleName(role) || !isVersion(version) || !isDigest(digest))
        throw damaged(`version ${name} ${role} ${version}`, 'is not a version');
      return { item: 'version', repository, line: row.line, role, version, digest };
    });
  }
  const files = await line.run(
    async () => sql<{ life: number; role: string; digest: string }[]>`
      select life, role, digest from countersign_files where repository = ${name} order by life, role, digest`,
  );
  for (const { life, role, digest } of files) {
    const [row] = await line.run(
      async () => sql<ContentRow[]>`
        select length, bytes, blob from countersign_files
        where repository = ${name} and life = ${life}::bigint and role = ${role} and digest = ${digest}`,
    );
    const bytes = row && (await contentOver(line, row));
    yield told(repository, () => {
      const key = `file ${name} ${life} ${role} ${digest}`;
      if (!isRoleName(role) || !isDigest(digest)) throw damaged(key, 'is not a file');
      if (bytes === undefined || sha256(bytes) !== digest) throw damaged(key, 'has another digest');
      return { item: 'file', repository, life, role, digest, bytes };
    });
  }
  const drafts = await line.run(
    async () => sql<(ContentRow & { role: string; digest: string })[]>`
      select role, digest, length, bytes, blob from countersign_drafts where repository = ${name} order by role`,
  );
  for (const row of drafts) {
    const bytes = await contentOver(line, row);
    yield told(repository, () => {
      const key = `draft ${name} ${row.role}`;
      if (!isRoleName(row.role)) throw damaged(key, 'is not a draft');
      if (sha256(bytes) !== row.digest) throw damaged(key, 'has another digest');
      return { item: 'draft', repository, role: row.role, bytes };
    });
  }
}

/** What belongs to a repository without a head. */
async function* orphans(line: Line): AsyncGenerator<Item> {
  const rows = await line.run(
    async () => line.sql<{ repository: string }[]>`
      select t.repository from (
        select repository from countersign_versions union select repository from countersign_files
        union select repository from countersign_drafts union select repository from countersign_records where seq = 1) t
      where not exists (select 1 from countersign_heads h where h.repository = t.repository) order by t.repository`,
  );
  for (const row of rows) {
    const repository = readRepositoryKey(row.repository);
    yield { item: 'damage', ...(repository && { repository }), error: damaged(headKey(row.repository), 'is missing') };
    if (repository) yield* parts(line, row.repository, repository);
  }
}

async function* records(line: Line): AsyncGenerator<Item> {
  let after = 0;
  for (;;) {
    const rows = await line.run(
      async () => line.sql<RecordRow[]>`
        select position, repository, seq, hash, bytes from countersign_records
        where position > ${after}::bigint order by position limit ${atOnce}::bigint`,
    );
    for (const row of rows) {
      after = row.position;
      yield told(undefined, () => {
        const { position, bytes } = readRecordRow(`record ${row.position}`, row);
        return { item: 'record', position, bytes };
      });
    }
    if (rows.length < atOnce) break;
  }
  const [counter] = await line.run(async () => line.sql<{ position: number }[]>`select position from countersign_last where id = 1`);
  if (counter?.position !== after) {
    yield { item: 'damage', error: damaged(`record ${counter?.position ?? 'last'}`, `is not where the records end, ${after} is`) };
  }
}

async function* claims(line: Line): AsyncGenerator<Item> {
  let [kind, digest] = ['', ''];
  for (;;) {
    const rows = await line.run(
      async () => line.sql<{ kind: string; digest: string; gun: string }[]>`
        select kind, digest, gun from countersign_claims where (kind, digest) > (${kind}, ${digest})
        order by kind, digest limit ${atOnce}::bigint`,
    );
    for (const row of rows) {
      ({ kind, digest } = row);
      yield told(undefined, () => {
        if (!isGun(row.gun)) throw damaged(`claim ${row.kind} ${row.digest}`, 'is not a GUN');
        return { item: 'claim', claim: { kind: row.kind, digest: row.digest }, gun: row.gun };
      });
    }
    if (rows.length < atOnce) return;
  }
}

/** What was read, or what is wrong with it. */
function told(repository: RepositoryRef | undefined, read: () => StoredItem): Item {
  try {
    return read();
  } catch (error) {
    if (!isStoreError(error, 'damaged')) throw error;
    return { item: 'damage', ...(repository && { repository }), error };
  }
}
