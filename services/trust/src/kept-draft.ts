// How a draft that waits for signatures lies in the store: one line about it, then its file. A draft whose time is over, or that
// something else has overtaken, reads as absent; its bytes go with the next write of its role.
import {
  type Digest,
  FormatError,
  formatInstant,
  type Instant,
  isJsonObject,
  memberInteger,
  memberString,
  optionalMemberString,
  parseDigest,
  parseInstant,
  parseVersion,
  type RoleName,
  readJson,
  type Version,
} from '@countersign/core';
import type { Head, RepositoryRef } from '@countersign/store';
import type { World } from './world.ts';

const DAYS_14 = 14 * 86_400_000;
const SCHEMA = 1;

export interface KeptDraft {
  readonly role: RoleName;
  readonly version: Version;
  /** The file that it follows; undefined for the first of its role. */
  readonly previous: Digest | undefined;
  /** SHA-256 of the canonical `signed`. */
  readonly signed: Digest;
  /** When it was first kept. */
  readonly since: Instant;
  readonly file: Uint8Array;
}

export const endOf = ({ since }: Pick<KeptDraft, 'since'>): Instant => (since + DAYS_14) as Instant;

export function writeKeptDraft({ version, previous, since, file }: Omit<KeptDraft, 'role' | 'signed'>): Uint8Array {
  const line = JSON.stringify({ schema: SCHEMA, version, since: formatInstant(since), ...(previous === undefined ? {} : { previous }) });
  return Buffer.concat([Buffer.from(`${line}\n`), file]);
}

/** The draft of a role that may still be signed: it follows the file that stands, and its 14 days are not over. */
export async function keptDraft(world: World, repository: RepositoryRef, head: Head, role: RoleName): Promise<KeptDraft | undefined> {
  const signed = head.pending.get(role);
  const bytes = signed && (await world.store.pending(repository, role));
  if (signed === undefined || bytes === undefined) return undefined;
  const draft = readKeptDraft(role, signed, bytes);
  const follows = draft.previous === head.files.get(role)?.digest;
  return follows && endOf(draft) > world.now() ? draft : undefined;
}

/** Throws FormatError(`malformed`): the store answered something that nobody wrote. */
function readKeptDraft(role: RoleName, signed: Digest, bytes: Uint8Array): KeptDraft {
  const end = bytes.indexOf(0x0a);
  const { value } = readJson(bytes.subarray(0, Math.max(end, 0)), { maxDepth: 2 });
  const what = `the draft of ${role}`;
  if (!isJsonObject(value) || value.get('schema') !== SCHEMA) throw new FormatError('malformed', `${what}: wanted schema ${SCHEMA}`);
  const previous = optionalMemberString(value, 'previous', what);
  return {
    role,
    signed,
    version: parseVersion(memberInteger(value, 'version', what), 'version'),
    previous: previous === undefined ? undefined : parseDigest(previous),
    since: parseInstant(memberString(value, 'since', what), 'since'),
    file: bytes.subarray(end + 1),
  };
}
