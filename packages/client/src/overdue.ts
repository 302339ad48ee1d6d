// A publisher must be able to read what has expired, or nobody could ever sign it again. Only for the roles it names: the timestamp and the
// snapshot, which show that all of this is the newest, are held to the clock all the same, unless it is their keys that are replaced.
import { type Env, type Need, type RoleName, SNAPSHOT, TIMESTAMP } from '@countersign/core';

/** The roles that may have expired. */
export type Overdue = Pick<ReadonlySet<RoleName>, 'has' | 'size'>;

/** Whatever people sign: for whoever looks for what has to be renewed, and believes nothing on the strength of it. */
export const PEOPLES_ROLES: Overdue = { size: Number.POSITIVE_INFINITY, has: (role) => role !== TIMESTAMP && role !== SNAPSHOT };

/**
 * Timestamp and snapshot as well: for whoever gives them other keys. Their server may be gone, and with it everybody who could sign them
 * anew; a repository that was brought from there later would be dead. Memory still refuses to go back, and the server a root that is late.
 */
export const EVERY_ROLE: Overdue = { size: Number.POSITIVE_INFINITY, has: () => true };

export interface ReadingEnv {
  readonly env: Env;
  /** Must be called with the need that the workflow gets a file for, and with undefined when it gets none. */
  reading(need: Pick<Need, 'role' | 'binOf'> | undefined): void;
}

/** One for each run of a workflow: which file is being read is a fact of that run. */
export function readingEnv(base: Env, overdue: Overdue): ReadingEnv {
  if (overdue.size === 0) return { env: base, reading: () => undefined };
  let tolerated = false;
  return {
    env: {
      ...base,
      get unsafeExpired() {
        return tolerated ? 'pass' : undefined;
      },
      // A certificate that has run out is forgiven too.
      dialect: {
        ...base.dialect,
        rootSigners: (root, asked) => base.dialect.rootSigners(root, tolerated ? { ...asked, now: undefined } : asked),
      },
    },
    // A bin is signed again with the role that it is a piece of.
    reading(need) {
      tolerated = need !== undefined && (overdue.has(need.role) || (need.binOf !== undefined && overdue.has(need.binOf)));
    },
  };
}
