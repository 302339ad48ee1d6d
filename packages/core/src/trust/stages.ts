// The stages of trust. Each is made by one function in this room and takes the stage before it, so that a wrong order does
// not compile (TUF 1.0.34 §5.3 to §5.6).
import type { DelegatedRole, KeyRing } from '../model/metadata.ts';
import type { RoleName } from '../names/brand.ts';
import type { Verified } from '../verify/verify-signed.ts';
import type { Anchor } from './anchor.ts';
import type { Floor } from './floor.ts';

declare const stage: unique symbol;
interface Stage<Name extends string> {
  readonly [stage]: Name;
}

/** A root on the chain from the anchor. It may be expired, and a newer one may exist: it can only lead to another root. */
export interface RootReached extends Stage<'root-reached'> {
  readonly anchor: Anchor;
  /** What is left of the floor under this root: emptied of timestamp and snapshot when their keys were rotated. */
  readonly floor: Floor | undefined;
  readonly root: Verified<'root'>;
}

/** The newest root: not expired, and of the repository that was asked for. */
export interface RootTrusted extends Stage<'root'> {
  readonly anchor: Anchor;
  readonly floor: Floor | undefined;
  readonly root: Verified<'root'>;
}

export interface TimestampTrusted extends Stage<'timestamp'> {
  readonly before: RootTrusted;
  readonly timestamp: Verified<'timestamp'>;
}

export interface SnapshotTrusted extends Stage<'snapshot'> {
  readonly before: TimestampTrusted;
  readonly snapshot: Verified<'snapshot'>;
}

/** Everything above the search: fresh, in order, and of one repository. */
export interface TargetsTrusted extends Stage<'targets'> {
  readonly before: SnapshotTrusted;
  readonly targets: Verified<'targets'>;
}

/** A delegated role, verified against the delegation that led to it and no other. */
export interface DelegatedTrusted extends Stage<'delegated'> {
  readonly before: TargetsTrusted;
  readonly delegator: RoleName;
  readonly targets: Verified<'targets'>;
}

/** Who must have signed a delegated role, according to the file that delegates to it. */
export interface Delegation {
  readonly delegator: Verified<'targets'>;
  readonly role: DelegatedRole;
  readonly keys: KeyRing;
}

export const rootOf = (stage: RootTrusted | TimestampTrusted | SnapshotTrusted | TargetsTrusted): RootTrusted => {
  let at = stage;
  while ('before' in at) at = at.before;
  return at;
};
