// The first half of a transaction: locks the heads that a batch is about and reads what its judgement needs. Heads are locked in the order
// of their names by everybody, so that two batches wait for each other in one direction only.
import type { Gun } from '@countersign/core';
import type { Task } from '../group-commit.ts';
import { isDigest, isGun } from '../guards.ts';
import type { StoredHead } from '../line.ts';
import { repositoryKey } from '../repository-key.ts';
import { damaged } from '../sealed.ts';
import { numberArray, textArray } from './arrays.ts';
import type { Line } from './connection.ts';
import { type HeadRow, headKey, readHeadRow } from './heads.ts';
import { claimKey, type Locked, versionKey } from './staging.ts';

type VersionRow = { repository: string; line: number; role: never; version: never; digest: string };
type ClaimRow = { kind: string; digest: string; gun: string };

/** Begins a transaction on `line`. @throws StoreError `damaged` */
export async function lock(line: Line, batch: readonly Task[]): Promise<Locked> {
  const { sql } = line;
  const names = [...new Set(batch.map(({ repository }) => repositoryKey(repository)))].sort();
  const files = batch.flatMap(({ repository, change }) => change.files.map((file) => ({ ...file, name: repositoryKey(repository) })));
  const claims = batch.flatMap(({ change }) => change.claims);
  // Each row is looked for by its key: a join would be planned once, while the table was small, and read all of it ever after.
  // Sent at once. Each statement sees what was committed before it began, so versions come after the locks. Those of a repository that had no
  // head to be locked may be of one that begins in between: they are no ground for a judgement, and its head is refused when it is inserted.
  const [, heads, versions, claimed] = await Promise.all([
    sql`begin isolation level read committed`,
    sql<HeadRow[]>`
      select repository, head, seal from countersign_heads where repository = any(${textArray(names)}::text[])
      order by repository for update`,
    files.length > 0
      ? sql<VersionRow[]>`
          select v.repository, v.line, v.role, v.version, v.digest
          from unnest(${textArray(files.map(({ name }) => name))}::text[], ${textArray(files.map(({ role }) => role))}::text[],
            ${numberArray(files.map(({ version }) => version))}::bigint[]) as w (repository, role, version)
          cross join lateral (
            select repository, line, role, version, digest from countersign_versions
            where repository = w.repository and role = w.role and version = w.version offset 0) as v`
      : [],
    claims.length > 0
      ? sql<ClaimRow[]>`
          select c.kind, c.digest, c.gun
          from unnest(${textArray(claims.map(({ kind }) => kind))}::text[], ${textArray(claims.map(({ digest }) => digest))}::text[])
            as w (kind, digest)
          cross join lateral (
            select kind, digest, gun from countersign_claims where kind = w.kind and digest = w.digest offset 0) as c`
      : [],
  ]);
  const found = new Map<string, StoredHead>(heads.map((row) => [row.repository, readHeadRow(row)]));
  await checkNotLost(
    line,
    names.filter((name) => !found.has(name)),
  );
  const locked = versions.filter(({ repository }) => found.has(repository));
  return { heads: found, digests: new Map(locked.map(readVersion)), claims: new Map(claimed.map(readClaim)) };
}

/** A lost head must not read as a new repository. One that has begun since the heads were asked for has its head by now. */
async function checkNotLost({ sql }: Line, absent: readonly string[]): Promise<void> {
  if (absent.length === 0) return;
  const [lost] = await sql<{ repository: string }[]>`
    select r.repository from countersign_records r
    where r.seq = 1 and r.repository = any(${textArray(absent)}::text[])
      and not exists (select from countersign_heads h where h.repository = r.repository)`;
  if (lost !== undefined) throw damaged(headKey(lost.repository), 'is missing');
}

function readVersion({ repository, line, role, version, digest }: VersionRow) {
  const key = versionKey(repository, line, role, version);
  if (!isDigest(digest)) throw damaged(`version ${key}`, 'is not a digest');
  return [key, digest] as const;
}

function readClaim({ kind, digest, gun }: ClaimRow): readonly [string, Gun] {
  const key = claimKey({ kind, digest });
  if (!isGun(gun)) throw damaged(`claim ${key}`, 'is not a GUN');
  return [key, gun];
}
