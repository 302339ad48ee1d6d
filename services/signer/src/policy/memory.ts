// What the signer remembers of one repository: not its files, only which ones it accepted and what it signed. It is the signer's own
// word against that of a trust server, so nothing in it comes from anywhere but a judgement that ended with a signature.
import type { Digest, MetaFile, RecordHead, RepositoryId, RoleName, Version } from '@countersign/core';

/** The roles whose keys are held here. */
export type SignerRole = 'timestamp' | 'snapshot';

export const SIGNER_ROLES: readonly SignerRole[] = ['timestamp', 'snapshot'];

/** The last signature of a role. Whoever lost the answer may have it again, for the same bytes. */
export interface LastSigned {
  readonly version: Version;
  /** SHA-256 of what was signed. */
  readonly payload: Digest;
  readonly generation: number;
  readonly signature: Uint8Array;
}

export interface Memory {
  /** Root, targets, delegated roles and the snapshot as they stand: the version and the exact bytes of each. */
  readonly files: ReadonlyMap<RoleName, { readonly version: Version; readonly digest: Digest }>;
  /** The id that the root binds its files to; undefined where the dialect knows none. */
  readonly repository: RepositoryId | undefined;
  /** How a timestamp has to name the snapshot that stands. */
  readonly snapshotMeta: MetaFile | undefined;
  readonly signed: Readonly<Partial<Record<SignerRole, LastSigned>>>;
  /** The newest publish record that a timestamp named. */
  readonly record: RecordHead | undefined;
  /** The generations that the root in force names; none for a role whose key publishers hold. */
  readonly generations: Readonly<Partial<Record<SignerRole, number>>>;
  readonly retired: Readonly<Record<SignerRole, readonly number[]>>;
  /** An administrator's word that what stands is given up: the name may begin anew, with a root that does not follow from the one before. */
  readonly released: boolean;
}

/** Of a repository that nothing was signed for. */
export const NOTHING: Memory = {
  files: new Map(),
  repository: undefined,
  snapshotMeta: undefined,
  signed: {},
  record: undefined,
  generations: {},
  retired: { timestamp: [], snapshot: [] },
  released: false,
};

const FIRST_GENERATION = 1;

/** The generations that a root may name: the one in force and the next, those that were retired left out. */
export function namable(memory: Memory, role: SignerRole): readonly number[] {
  const current = memory.generations[role] ?? FIRST_GENERATION;
  const retired = memory.retired[role];
  let next = current + 1;
  while (retired.includes(next)) next += 1;
  return retired.includes(current) ? [next] : [current, next];
}
