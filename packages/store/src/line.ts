// Which versions belong together. A role's files form a *line*, in which versions only rise; when the role is retired or its
// repository is reset, the line ends, and the next file of that name begins another. Numbers of lines are never used twice, so what
// was stored under an old one stays where it is and is simply not asked for any more.
import type { RoleName } from '@countersign/core';
import type { Change, Head } from './repository.ts';

/** A head with what callers need not know. */
export interface StoredHead {
  readonly head: Head;
  /** The line that was new when the repository began or was last reset: files are found by digest as long as it lasts. */
  readonly life: number;
  /** The line that a role joins with its first file; it rises with every reset and every retirement. */
  readonly line: number;
  /** The line of every role in `head.files`. */
  readonly lines: ReadonlyMap<RoleName, number>;
}

/** The line in which a role's versions are found, or will be. A retired role, like one that never was, has nothing in it. */
export const lineOf = (stored: StoredHead | undefined, role: RoleName): number => stored?.lines.get(role) ?? stored?.line ?? 1;

/** What a change leaves of the files before it, and in which lines the next ones go. */
export function linesAfter(current: StoredHead | undefined, change: Change): Pick<StoredHead, 'life' | 'line'> & Pick<Head, 'files'> {
  const ends = change.reset === true || (change.retired ?? []).length > 0;
  const line = (current?.line ?? 1) + (ends ? 1 : 0);
  if (change.reset) return { life: line, line, files: new Map() };
  const files = new Map(current?.head.files);
  for (const role of change.retired ?? []) files.delete(role);
  return { life: current?.life ?? 1, line, files };
}
