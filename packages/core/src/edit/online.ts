// The files a server signs: snapshot and timestamp (TUF 1.0.34 §4.4, §4.6, §6.2). A server signs what follows from accepted files.
import type { Env } from '../formats/dialect.ts';
import type { JsonValue } from '../json/value.ts';
import { isJsonObject } from '../json/value.ts';
import type { MetaFile, Parsed, RecordHead } from '../model/metadata.ts';
import { SNAPSHOT, TIMESTAMP } from '../model/top-level.ts';
import type { Instant, RoleName, Version } from '../names/brand.ts';
import { formatInstant, parseInstant } from '../names/instant.ts';
import { parseVersion } from '../names/version.ts';
import { type Draft, firstDraft, metaOf, nextDraft, type Sealed } from './draft.ts';

/** How long server-signed files live, in milliseconds. */
export interface Lifetimes {
  readonly snapshot: number;
  readonly timestamp: number;
}

/** The end of a life that starts now, in whole seconds: metadata knows no fractions. */
export function expiryAfter(now: Instant, lifetime: number): Instant {
  return parseInstant(formatInstant((now + lifetime) as Instant), 'expires');
}

/** Whether less than half of a life is left: the moment from which a server signs again (when read, not by a timer). */
export function isHalfSpent(file: Parsed<'snapshot' | 'timestamp'>, lifetime: number, now: Instant): boolean {
  return file.content.expires - now < lifetime / 2;
}

/**
 * The next snapshot: what it listed stays listed (§6.2: a role that vanished would read as a rollback), what changed is replaced. `gone`:
 * roles whose delegation was taken away, in a dialect where they leave with it. `previous.version` is the highest that was used up.
 */
export function draftSnapshot(
  previous: { readonly file: Parsed<'snapshot'> | undefined; readonly version: Version | undefined },
  changed: ReadonlyMap<RoleName, MetaFile>,
  root: Parsed<'root'>,
  expires: Instant,
  env: Env,
  gone: readonly RoleName[] = [],
): Draft<'snapshot'> {
  const listed = previous.file?.signed.get('meta');
  const meta = new Map<string, JsonValue>(isJsonObject(listed) ? listed : []);
  for (const role of gone) meta.delete(env.dialect.metaName(role));
  for (const [role, file] of changed) meta.set(env.dialect.metaName(role), env.dialect.metaFile(file));
  const binding = root.content.binding && { repository: root.content.binding.repository };
  const last = Math.max(previous.file?.content.version ?? 0, previous.version ?? 0);
  if (previous.file !== undefined) return nextDraft(previous.file, expires, { meta }, env, binding, last);
  const version = parseVersion(last + 1, 'snapshot version');
  return firstDraft('snapshot', SNAPSHOT, { version, expires, binding }, { meta }, env);
}

/** The next timestamp. It names the snapshot and, in a repository of ours, the newest publish record. */
export function draftTimestamp(
  version: Version,
  snapshot: Pick<Sealed, 'version' | 'bytes' | 'digest'>,
  record: RecordHead | undefined,
  root: Parsed<'root'>,
  expires: Instant,
  env: Env,
): Draft<'timestamp'> {
  const meta = new Map([[env.dialect.metaName(SNAPSHOT), env.dialect.metaFile(metaOf(snapshot))]]);
  const bound = root.content.binding;
  const binding = bound && { repository: bound.repository, ...(record === undefined ? {} : { record }) };
  return firstDraft('timestamp', TIMESTAMP, { version, expires, binding }, { meta }, env);
}
