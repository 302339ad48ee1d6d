// Publishing is data: a draft is what somebody is about to sign, and sealing turns it into the bytes that are hashed and stored.

import { digestOf } from '../crypto/digest.ts';
import type { Env, NewSignature } from '../formats/dialect.ts';
import { type JsonObject, withMembers } from '../json/value.ts';
import type { Binding, MetaFile, Parsed, RoleKind } from '../model/metadata.ts';
import type { Digest, Gun, Instant, RoleName, Version } from '../names/brand.ts';
import { parseVersion } from '../names/version.ts';

export interface Draft<Kind extends RoleKind = RoleKind> {
  readonly kind: Kind;
  readonly name: RoleName;
  readonly version: Version;
  readonly signed: JsonObject;
  /** What a signer signs. */
  readonly message: Uint8Array;
}

/** A signed file, with the facts that other files state about it. */
export interface Sealed {
  readonly name: RoleName;
  readonly version: Version;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

type DraftEnv = Pick<Env, 'dialect'>;

/** The first version of a file, or the first after a version that survived a deletion. */
export function firstDraft<Kind extends RoleKind>(
  kind: Kind,
  name: RoleName,
  facts: { readonly version: Version; readonly expires: Instant; readonly binding: Binding | undefined },
  body: Parameters<typeof withMembers>[1],
  env: DraftEnv,
): Draft<Kind> {
  const header = env.dialect.header(kind, facts.version, facts.expires, namedAs(kind, name, facts.binding));
  return asDraft(kind, name, facts.version, withMembers(header, body), env);
}

/**
 * The next version of a file: the members given are replaced, every other one, known or not, stays. `binding` replaces the
 * binding where it is given; `after` is the version that it follows, where a higher one was used up than that of `previous`.
 */
export function nextDraft<Kind extends RoleKind>(
  previous: Parsed<Kind>,
  expires: Instant,
  body: Parameters<typeof withMembers>[1],
  env: DraftEnv,
  binding: Binding | undefined = previous.content.binding,
  after: number = previous.content.version,
): Draft<Kind> {
  const version = parseVersion(after + 1, `${previous.name} version`);
  const header = env.dialect.header(previous.kind, version, expires, namedAs(previous.kind, previous.name, binding));
  const signed = withMembers(withMembers(previous.signed, Object.fromEntries(header)), body);
  return asDraft(previous.kind, previous.name, version, signed, env);
}

/**
 * The draft as somebody signs it who was asked to sign this role for `gun`. The last step before a signature, and never left out: what
 * stands in the file so far was written by others, and may name another repository that the same key signs.
 */
export function draftFor<Kind extends RoleKind>(draft: Draft<Kind>, gun: Gun, env: Env): Draft<Kind> {
  if (draft.kind !== 'targets') return draft;
  const { content } = env.dialect.parse(draft.kind, draft.name, env.dialect.file(draft.signed, []), env);
  if (content.binding === undefined) return draft;
  const binding = namedAs(draft.kind, draft.name, { ...content.binding, name: gun });
  const header = env.dialect.header(draft.kind, draft.version, content.expires, binding);
  return asDraft(draft.kind, draft.name, draft.version, withMembers(draft.signed, Object.fromEntries(header)), env);
}

/** What a file is signed as stands in it: every draft says so, whatever the file before it said. */
const namedAs = (kind: RoleKind, role: RoleName, binding: Binding | undefined): Binding | undefined =>
  binding === undefined || kind !== 'targets' ? binding : { ...binding, role };

function asDraft<Kind extends RoleKind>(kind: Kind, name: RoleName, version: Version, signed: JsonObject, env: DraftEnv): Draft<Kind> {
  return { kind, name, version, signed, message: env.dialect.canonical(signed) };
}

/** Makes the file. The bytes hashed here are the bytes stored and served. */
export function seal(draft: Draft, signatures: readonly NewSignature[], env: Pick<Env, 'dialect' | 'crypto'>): Sealed {
  const bytes = env.dialect.file(draft.signed, signatures);
  return { name: draft.name, version: draft.version, bytes, digest: digestOf(env.crypto, bytes) };
}

/** What another file states about a sealed one. */
export function metaOf(sealed: Pick<Sealed, 'version' | 'bytes' | 'digest'>): MetaFile {
  const separator = sealed.digest.indexOf(':');
  const hashes = new Map([[sealed.digest.slice(0, separator), sealed.digest.slice(separator + 1)]]);
  return { version: sealed.version, length: sealed.bytes.length, hashes };
}
