// What people did to repositories and what they saw of them, as they lived it: each with the moments between which it happened.

export interface Seen {
  /** The record that the timestamp names. */
  readonly seq: number;
  readonly hash: string;
  /** Versions of the roles that were verified under it. */
  readonly versions: ReadonlyMap<string, number>;
}

interface Act {
  readonly repository: string;
  readonly actor: string;
  /** Milliseconds of one clock that never goes back. */
  readonly start: number;
  readonly end: number;
}

export interface Read extends Act {
  readonly kind: 'read';
  readonly seen: Seen;
}

export interface Write extends Act {
  readonly kind: 'write';
  /** `unknown`: the connection broke before the answer came. It may have happened, at any moment from its start on. */
  readonly outcome: 'accepted' | 'refused' | 'unknown';
  /** What was signed for it, which nobody else signs: the digest of a file, or a tag and its content. */
  readonly mark: string;
}

/** Asked for a repository to be deleted. `accepted`: it was deleted at some moment in between, by this or by somebody else. */
export interface Deletion extends Act {
  readonly kind: 'deletion';
  readonly outcome: 'accepted' | 'unknown';
}

/** A reader was told that the repository is not there. */
export interface Absence extends Act {
  readonly kind: 'absence';
}

export type Operation = Read | Write | Deletion | Absence;

/** A record as the server tells it afterwards. */
export interface Told {
  readonly seq: number;
  readonly hash: string;
  readonly prev: string;
  /** Of the roles that this record changes. */
  readonly versions: ReadonlyMap<string, number>;
  /** The marks of what it published. */
  readonly marks: readonly string[];
  /** From here to the next record the repository is not there. */
  readonly deletes: boolean;
}

export interface History {
  readonly operations: readonly Operation[];
  /** All records of each repository, in their order. */
  readonly records: ReadonlyMap<string, readonly Told[]>;
}
