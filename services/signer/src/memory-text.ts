// What is remembered, as text and back. It is read strictly: a memory that cannot be understood must never pass for an empty one.
import {
  decodeBase64,
  encodeBase64,
  encodeUtf8,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MetaFile,
  memberArray,
  memberBoolean,
  memberInteger,
  memberObject,
  memberString,
  optionalMemberInteger,
  optionalMemberObject,
  optionalMemberString,
  parseDigest,
  parseRepositoryId,
  parseRoleName,
  parseVersion,
  readJson,
} from '@countersign/core';
import { SetupError } from './errors.ts';
import { type LastSigned, type Memory, SIGNER_ROLES, type SignerRole } from './policy/memory.ts';

const SCHEMA = 1;

export function spellMemory(memory: Memory): Uint8Array {
  const signed = (role: SignerRole) => {
    const last = memory.signed[role];
    return last && { ...last, signature: encodeBase64(last.signature) };
  };
  const { snapshotMeta: meta } = memory;
  const text = {
    schema: SCHEMA,
    files: [...memory.files].map(([role, { version, digest }]) => [role, version, digest]),
    repository: memory.repository,
    snapshotMeta: meta && { ...meta, hashes: meta.hashes && [...meta.hashes] },
    signed: { timestamp: signed('timestamp'), snapshot: signed('snapshot') },
    record: memory.record,
    generations: memory.generations,
    retired: memory.retired,
    released: memory.released,
  };
  return encodeUtf8(JSON.stringify(text));
}

/** Throws SetupError(`damaged-memory`). */
export function readMemory(bytes: Uint8Array, name: string): Memory {
  try {
    const { value } = readJson(bytes, { maxDepth: 6 });
    if (!isJsonObject(value) || value.get('schema') !== SCHEMA) throw new Error('it is of another version');
    return memoryIn(value);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'it cannot be read';
    throw new SetupError('damaged-memory', `what was signed for ${name} is damaged: ${why}`, { cause });
  }
}

function memoryIn(value: JsonObject): Memory {
  const repository = optionalMemberString(value, 'repository', 'memory');
  const meta = optionalMemberObject(value, 'snapshotMeta', 'memory');
  const record = optionalMemberObject(value, 'record', 'memory');
  const signed = memberObject(value, 'signed', 'memory');
  const generations = memberObject(value, 'generations', 'memory');
  const retired = memberObject(value, 'retired', 'memory');
  const byRole = <Value>(read: (role: SignerRole) => Value | undefined): Partial<Record<SignerRole, Value>> =>
    Object.fromEntries(SIGNER_ROLES.map((role) => [role, read(role)] as const).filter(([, one]) => one !== undefined));
  return {
    files: new Map(memberArray(value, 'files', 'memory').map(fileIn)),
    repository: repository === undefined ? undefined : parseRepositoryId(repository),
    snapshotMeta: meta && metaIn(meta),
    signed: byRole((role) => signedIn(optionalMemberObject(signed, role, 'signed'))),
    record: record && { seq: memberInteger(record, 'seq', 'record'), hash: memberString(record, 'hash', 'record') },
    generations: byRole((role) => optionalMemberInteger(generations, role, 'generations')),
    retired: { timestamp: numbersIn(retired, 'timestamp'), snapshot: numbersIn(retired, 'snapshot') },
    released: memberBoolean(value, 'released', 'memory'),
  };
}

function fileIn(value: JsonValue) {
  const [role, version, digest] = isJsonArray(value) ? value : [];
  if (typeof role !== 'string' || typeof version !== 'number' || typeof digest !== 'string')
    throw new Error('a file is not [role, version, digest]');
  return [parseRoleName(role), { version: parseVersion(version, 'version'), digest: parseDigest(digest) }] as const;
}

function metaIn(value: JsonObject): MetaFile {
  const version = optionalMemberInteger(value, 'version', 'snapshotMeta');
  const length = optionalMemberInteger(value, 'length', 'snapshotMeta');
  const hashes = memberArray(value, 'hashes', 'snapshotMeta').map((pair) => {
    const [algorithm, digest] = isJsonArray(pair) ? pair : [];
    if (typeof algorithm !== 'string' || typeof digest !== 'string') throw new Error('a hash is not [algorithm, digest]');
    return [algorithm, digest] as const;
  });
  return {
    ...(version === undefined ? {} : { version: parseVersion(version, 'version') }),
    ...(length === undefined ? {} : { length }),
    hashes: new Map(hashes),
  };
}

function signedIn(value: JsonObject | undefined): LastSigned | undefined {
  if (value === undefined) return undefined;
  return {
    version: parseVersion(memberInteger(value, 'version', 'signed'), 'version'),
    payload: parseDigest(memberString(value, 'payload', 'signed')),
    generation: memberInteger(value, 'generation', 'signed'),
    signature: decodeBase64(memberString(value, 'signature', 'signed')),
  };
}

function numbersIn(object: JsonObject, name: string): readonly number[] {
  return memberArray(object, name, 'retired').map((one) => {
    if (typeof one !== 'number') throw new Error('a generation is not a number');
    return one;
  });
}
