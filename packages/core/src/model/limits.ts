// Bounds on everything that arrives from outside. Limits are a required argument everywhere; this is the set that ships.

export interface Limits {
  /** Largest root file, in bytes. */
  readonly rootBytes: number;
  /** Largest timestamp file, in bytes. */
  readonly timestampBytes: number;
  /** Largest snapshot file when the timestamp does not say its length, in bytes. */
  readonly snapshotBytes: number;
  /** Largest targets or delegated file when the snapshot does not say its length, in bytes. */
  readonly targetsBytes: number;
  /** Largest upload as a whole, in bytes. */
  readonly uploadBytes: number;
  /** Most files in one upload. */
  readonly uploadParts: number;
  /** Most bytes that targets and delegated roles of one repository may have together: whoever lists it reads all of them. */
  readonly repositoryBytes: number;
  /** Most keys that the files of one upload may bring: each costs half a millisecond to open. */
  readonly uploadKeys: number;
  /** Most times that the roles in the files of one upload may list a key. */
  readonly uploadKeyUses: number;
  /** Most signatures on one file: each may cost a verification before anything is believed. */
  readonly signatures: number;
  /** Deepest nesting of JSON. */
  readonly jsonDepth: number;
  /** Most root versions followed in one refresh. */
  readonly rootRotations: number;
  /** Most delegated roles visited in one search. */
  readonly delegatedRoles: number;
}

export const STANDARD_LIMITS: Limits = {
  rootBytes: 512_000,
  timestampBytes: 16_384,
  snapshotBytes: 2_000_000,
  targetsBytes: 32 * 1024 * 1024,
  uploadBytes: 64 * 1024 * 1024,
  uploadParts: 1200,
  repositoryBytes: 64 * 1024 * 1024,
  uploadKeys: 1024,
  uploadKeyUses: 65_536,
  signatures: 64,
  jsonDepth: 64,
  rootRotations: 256,
  delegatedRoles: 32,
};
