// The second half of a transaction: writes what was staged, in an order that everybody keeps. Rows that two transactions may both insert
// (a repository that begins, a claim) are inserted plainly: the second one fails, is undone as a whole and judged anew.
import { sha256 } from '../check-change.ts';
import { bytesArray, numberArray, textArray, textOrNullArray } from './arrays.ts';
import type { Line } from './connection.ts';
import { headRow } from './heads.ts';
import { type LargeContent, leastLarge, newBlob, writeLarge } from './large.ts';
import type { StagedFile, Staging } from './staging.ts';

/** Everything but the records. Must run inside the transaction that locked what is staged. */
export async function write(line: Line, staging: Staging, token: string): Promise<void> {
  const rows = [...staging.heads].map(([repository, stored]) => headRow(repository, stored)).sort(byRepository);
  const begun = rows.filter(({ repository }) => staging.isNew(repository));
  const moved = rows.filter(({ repository }) => !staging.isNew(repository));
  const claims = [...staging.claims].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, claim]) => claim);
  const files = await unstored(line, staging.files);
  const kept = [...staging.drafts.values()].flatMap(({ draft, ...row }) =>
    draft ? [{ ...row, bytes: draft.bytes, digest: sha256(draft.bytes) }] : [],
  );
  const contents = [...files, ...kept].map(placed);
  const columns = contentColumns(contents.slice(0, files.length));
  const { sql } = line;
  const sent: PromiseLike<unknown>[] = [];
  if (begun.length > 0) {
    sent.push(sql`
      insert into countersign_heads (repository, head, seal) select * from unnest(${textArray(begun.map((row) => row.repository))}::text[],
        ${textArray(begun.map((row) => row.head))}::text[], ${textArray(begun.map((row) => row.seal))}::text[])`);
  }
  // One statement: each costs the database and this process as much as several rows do. No table comes twice in it, which not every engine takes.
  // The heads that move are there and locked: an update that joins them with these would be planned once, and read all heads ever after.
  sent.push(sql`
    with batch as (insert into countersign_batches (token, kept) values (${token}, true)),
    claimed as (
      insert into countersign_claims (kind, digest, gun) select * from unnest(${textArray(claims.map(({ claim }) => claim.kind))}::text[],
        ${textArray(claims.map(({ claim }) => claim.digest))}::text[], ${textArray(claims.map(({ gun }) => gun))}::text[])),
    moved as (
      insert into countersign_heads (repository, head, seal) select * from unnest(${textArray(moved.map((row) => row.repository))}::text[],
        ${textArray(moved.map((row) => row.head))}::text[], ${textArray(moved.map((row) => row.seal))}::text[])
      on conflict (repository) do update set head = excluded.head, seal = excluded.seal),
    numbered as (
      insert into countersign_versions (repository, line, role, version, digest)
      select * from unnest(${textArray(staging.files.map((file) => file.repository))}::text[],
        ${numberArray(staging.files.map((file) => file.line))}::bigint[], ${textArray(staging.files.map((file) => file.role))}::text[],
        ${numberArray(staging.files.map((file) => file.version))}::bigint[], ${textArray(staging.files.map((file) => file.digest))}::text[]))
    insert into countersign_files (repository, life, role, digest, length, bytes, blob)
    select * from unnest(${textArray(files.map((file) => file.repository))}::text[],
      ${numberArray(files.map((file) => file.life))}::bigint[], ${textArray(files.map((file) => file.role))}::text[],
      ${textArray(files.map((file) => file.digest))}::text[],
      ${columns.lengths}::bigint[], ${columns.bytes}::bytea[], ${columns.blobs}::text[])
    on conflict do nothing`);
  const dropped = [...staging.drafts.values()].map(
    ({ repository, role }) =>
      line.sql<
        { blob: string | null }[]
      >`delete from countersign_drafts where repository = ${repository} and role = ${role} returning blob`,
  );
  sent.push(...dropped);
  if (kept.length > 0) {
    const drafted = contentColumns(contents.slice(files.length));
    sent.push(sql`
      insert into countersign_drafts (repository, role, digest, length, bytes, blob)
      select * from unnest(${textArray(kept.map((draft) => draft.repository))}::text[],
        ${textArray(kept.map((draft) => draft.role))}::text[], ${textArray(kept.map((draft) => draft.digest))}::text[],
        ${drafted.lengths}::bigint[], ${drafted.bytes}::bytea[], ${drafted.blobs}::text[])`);
  }
  await Promise.all(sent);
  const parts = (await Promise.all(dropped)).flat().flatMap(({ blob }) => blob ?? []);
  if (parts.length > 0) await sql`delete from countersign_parts where blob = any(${textArray(parts)}::text[])`;
  await writeLarge(line, contents.flatMap(asLarge));
}

/**
 * Numbers the records and what moved, and ends the transaction. Both are sent at once: nobody else can number anything between the two, and so
 * the database must not have to wait for us there, even if this process is stopped at this very moment. So nothing can be looked at between
 * the two either: where the counter lost its row, its numbers are null, which no key may be, and that ends the transaction by itself.
 */
export async function recordAndCommit({ sql }: Line, staging: Staging): Promise<void> {
  const { records } = staging;
  const moved = [...staging.heads.keys()];
  const recorded = sql`
    with counter as (
      update countersign_last set position = position + ${records.length}::bigint, moment = moment + ${moved.length}::bigint
      where id = 1 returning position, moment),
    moves as (
      insert into countersign_moves (moment, repository)
      select (select moment from counter) - ${moved.length}::bigint + m.place, m.repository
      from unnest(${places(moved)}::bigint[], ${textArray(moved)}::text[]) as m (place, repository))
    insert into countersign_records (position, repository, seq, hash, bytes)
    select (select position from counter) - ${records.length}::bigint + r.place, r.repository, r.seq, r.hash, r.bytes
    from unnest(${places(records)}::bigint[], ${textArray(records.map(({ repository }) => repository))}::text[],
      ${numberArray(records.map(({ seq }) => seq))}::bigint[], ${textArray(records.map(({ hash }) => hash))}::text[],
      ${bytesArray(records.map(({ bytes }) => bytes))}::bytea[]) as r (place, repository, seq, hash, bytes)`;
  // A transaction that failed answers its commit with ROLLBACK, and its first failure tells why.
  const [, committed] = await Promise.all([recorded, sql`commit`]);
  if (committed.command !== 'COMMIT') throw new Error(`the transaction ended with ${committed.command}`);
}

const places = (values: readonly unknown[]): string => numberArray(values.map((_, index) => index + 1));

/** Of the files that bring parts along, those whose bytes are not stored yet, as another version or from an earlier line; and all small ones. */
async function unstored({ sql }: Line, files: readonly StagedFile[]): Promise<readonly StagedFile[]> {
  const first = [...new Map(files.map((file) => [keyOf(file), file])).values()];
  const large = first.filter(({ bytes }) => bytes.length >= leastLarge);
  if (large.length === 0) return first;
  const found = await sql<{ repository: string; life: number; role: string; digest: string }[]>`
    select f.repository, f.life, f.role, f.digest
    from unnest(${textArray(large.map(({ repository }) => repository))}::text[], ${textArray(large.map(({ role }) => role))}::text[],
      ${textArray(large.map(({ digest }) => digest))}::text[]) as w (repository, role, digest)
    cross join lateral (
      select repository, life, role, digest from countersign_files
      where repository = w.repository and role = w.role and digest = w.digest offset 0) as f`;
  const stored = new Set(found.map(keyOf));
  return first.filter((file) => !stored.has(keyOf(file)));
}

const keyOf = (file: { repository: string; life: number; role: string; digest: string }): string =>
  `${file.repository} ${file.life} ${file.digest} ${file.role}`;

interface Placed {
  readonly bytes: Uint8Array;
  readonly blob: string | undefined;
}
const placed = ({ bytes }: { readonly bytes: Uint8Array }): Placed => ({ bytes, blob: bytes.length < leastLarge ? undefined : newBlob() });
const asLarge = ({ bytes, blob }: Placed): readonly LargeContent[] => (blob === undefined ? [] : [{ blob, bytes }]);
const contentColumns = (contents: readonly Placed[]) => ({
  lengths: numberArray(contents.map(({ bytes }) => bytes.length)),
  bytes: bytesArray(contents.map(({ bytes, blob }) => (blob === undefined ? bytes : undefined))),
  blobs: textOrNullArray(contents.map(({ blob }) => blob)),
});
const byRepository = (left: { repository: string }, right: { repository: string }): number =>
  left.repository < right.repository ? -1 : left.repository > right.repository ? 1 : 0;
