// The bodies of requests, read strictly: an unknown member, a second spelling or a missing one is refused, never guessed.
import {
  type Digest,
  decodeBase64,
  excerpt,
  FormatError,
  isJsonObject,
  type JsonObject,
  memberInteger,
  memberObject,
  memberString,
  optionalMemberObject,
  optionalMemberString,
  parseDigest,
  parseRoleName,
  type RoleName,
  readJson,
} from '@countersign/core';
import { DIALECTS } from './keyring.ts';
import { PolicyError } from './policy/errors.ts';
import type { Evidence } from './policy/evidence.ts';
import type { SignerRole } from './policy/memory.ts';
import type { Asked, SignerRepository } from './policy/request.ts';

export interface NamedKey {
  readonly repository: SignerRepository;
  readonly role: SignerRole;
}

/** Throws FormatError, or PolicyError(`wrong-role`). */
export function readAsked(body: Uint8Array): Asked {
  const object = objectIn(body, ['gun', 'dialect', 'role', 'generation', 'payload', 'evidence', 'note']);
  return {
    repository: repositoryIn(object),
    role: roleIn(object),
    generation: generationIn(object),
    payload: decodeBase64(memberString(object, 'payload', 'request')),
    evidence: evidenceIn(optionalMemberObject(object, 'evidence', 'request')),
    note: noteIn(object),
  };
}

export function readNamedKey(body: Uint8Array): NamedKey {
  const object = objectIn(body, ['gun', 'dialect', 'role']);
  return { repository: repositoryIn(object), role: roleIn(object) };
}

export function readNamedGeneration(body: Uint8Array): NamedKey & { readonly generation: number } {
  const object = objectIn(body, ['gun', 'dialect', 'role', 'generation']);
  return { repository: repositoryIn(object), role: roleIn(object), generation: generationIn(object) };
}

export const readRepository = (body: Uint8Array): SignerRepository => repositoryIn(objectIn(body, ['gun', 'dialect']));

/** Which snapshot a caller has stored; `undefined` for none. */
export function readStored(body: Uint8Array): { readonly repository: SignerRepository; readonly snapshot: Digest | undefined } {
  const object = objectIn(body, ['gun', 'dialect', 'snapshot']);
  const snapshot = optionalMemberString(object, 'snapshot', 'request');
  return { repository: repositoryIn(object), snapshot: snapshot === undefined ? undefined : parseDigest(snapshot) };
}

export function readAdoption(body: Uint8Array): {
  readonly repository: SignerRepository;
  readonly files: ReadonlyMap<RoleName, Uint8Array>;
} {
  const object = objectIn(body, ['gun', 'dialect', 'files']);
  return { repository: repositoryIn(object), files: filesIn(object, 'files') };
}

// A request, its evidence, its two folders of files: nothing lies deeper.
const DEPTH = 4;

function objectIn(body: Uint8Array, members: readonly string[]): JsonObject {
  const { value } = readJson(body, { maxDepth: DEPTH });
  if (!isJsonObject(value)) throw new FormatError('malformed', 'wanted a JSON object');
  return only(value, members, 'request');
}

function only(object: JsonObject, members: readonly string[], where: string): JsonObject {
  for (const name of object.keys())
    if (!members.includes(name)) throw new FormatError('malformed', `${where}: unknown member ${excerpt(name)}`);
  return object;
}

function repositoryIn(object: JsonObject): SignerRepository {
  const dialect = memberString(object, 'dialect', 'request');
  if (dialect !== 'tuf' && dialect !== 'notary')
    throw new FormatError('malformed', `dialect: wanted tuf or notary, got ${excerpt(dialect)}`);
  return { gun: DIALECTS[dialect].parseGun(memberString(object, 'gun', 'request')), dialect };
}

function roleIn(object: JsonObject): SignerRole {
  const role = memberString(object, 'role', 'request');
  if (role === 'timestamp' || role === 'snapshot') return role;
  throw new PolicyError('wrong-role', `no key of ${excerpt(role)} is held here: wanted timestamp or snapshot`);
}

function generationIn(object: JsonObject): number {
  const generation = memberInteger(object, 'generation', 'request');
  if (generation >= 1 && generation <= 1_000_000) return generation;
  throw new FormatError('malformed', `generation: wanted a whole number from 1, got ${generation}`);
}

const LONGEST_NOTE = 1024;

function noteIn(object: JsonObject): string {
  const note = optionalMemberString(object, 'note', 'request') ?? '';
  if (note.length <= LONGEST_NOTE) return note;
  throw new FormatError('malformed', `note: wanted at most ${LONGEST_NOTE} characters, got ${note.length}`);
}

function evidenceIn(object: JsonObject | undefined): Evidence {
  if (object === undefined) return { upload: new Map(), standing: new Map() };
  only(object, ['upload', 'standing'], 'evidence');
  return { upload: filesIn(object, 'upload'), standing: filesIn(object, 'standing') };
}

function filesIn(evidence: JsonObject, name: string): ReadonlyMap<RoleName, Uint8Array> {
  const object = memberObject(evidence, name, 'evidence');
  return new Map([...object.keys()].map((role) => [parseRoleName(role), decodeBase64(memberString(object, role, name))]));
}
