// A Notary repository as it was found somewhere: raw files by role and version, believed by nobody.
import { createHash } from 'node:crypto';
import type { Gun, ImportFile, RoleName, Version } from '@countersign/core';

export interface Copied {
  readonly gun: Gun;
  /** Roots first, oldest first; then the others, by role and version. */
  readonly files: readonly ImportFile[];
  /** The newest version of each role that readers are led to. */
  readonly current: ReadonlyMap<RoleName, Version>;
  /** What could not be had, in words. */
  readonly problems: readonly string[];
}

export const hexOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const bytesOf = (files: readonly ImportFile[]): number => files.reduce((sum, { bytes }) => sum + bytes.length, 0);

/** In the order of `Copied.files`. */
export function inOrder(files: readonly ImportFile[]): readonly ImportFile[] {
  const first = ({ role }: ImportFile): number => (role === 'root' ? 0 : 1);
  return [...files].sort(
    (one, other) => first(one) - first(other) || (one.role < other.role ? -1 : one.role > other.role ? 1 : one.version - other.version),
  );
}

/** Bounds on what one repository may have: an old server that never ends must not fill the memory of whoever copies from it. */
export const MOST_FILES = 100_000;
export const MOST_BYTES: number = 1024 * 1024 * 1024;
