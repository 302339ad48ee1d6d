// The half of the client that believes nothing without proof: refresh and verify. What stands before every pull needs no more.
import type { Gun } from '@countersign/core';
import { askedEarly } from './early-manifest.ts';
import type { ReaderOptions } from './options.ts';
import { EVERY_ROLE, type Overdue, PEOPLES_ROLES } from './overdue.ts';
import { type RecalledRole, recallRoles } from './recall.ts';
import { refreshRepository } from './refresh-repository.ts';
import type { TrustedRepository } from './repository.ts';
import { trustedRepository } from './trusted-repository.ts';
import type { FileFacts, ImageName, ManifestSource, Verdict } from './verdict.ts';
import { verifyFile } from './verify-file.ts';
import { verifyImage } from './verify-image.ts';
import { openReadingWorld, type ReadingWorld } from './world.ts';

/**
 * Speaks for one machine with one trust server. Any number of calls may run at once, in any number of processes on the same
 * folders. Everything throws FormatError, TrustError (core), FetchError (http), StateError or ServerError; what a manifest source
 * throws passes through.
 */
export interface TrustReader {
  /** Brings everything up to date and remembers it. */
  refresh(gun: Gun): Promise<TrustedRepository>;
  /**
   * The same for whoever is about to publish: roles that people sign may have expired, or nobody could read what to renew. Timestamp
   * and snapshot may not, unless their keys are what is replaced. Nothing may be verified with it.
   */
  standing(gun: Gun, replaced?: 'online-keys'): Promise<TrustedRepository>;
  /**
   * Throws TrustError: `unsigned`, `revoked`, `wrong-kind`, `mismatch` (with `details.wanted`, `details.signed` and `details.got`), and whatever
   * is wrong with the metadata. A digest alone asks no registry; it needs a current signed entry with that digest.
   */
  verify(image: ImageName, manifests: ManifestSource): Promise<Verdict>;
  /** The same for a file that is not in a registry. */
  verifyFile(gun: Gun, name: string, file: FileFacts): Promise<Verdict>;
  /** What was verified last, for people who look: nobody is asked, nothing is fresh, and nothing may be verified with it. */
  recall(gun: Gun): Promise<readonly RecalledRole[]>;
  /** Forgets what was remembered in memory. The HttpClient stays open: whoever made it closes it. */
  close(): void;
}

const NONE: Overdue = new Set();

/** Opens nothing and asks nothing until it is used. */
export const createReader = (options: ReaderOptions): TrustReader => readerIn(openReadingWorld(options));

export function readerIn(world: ReadingWorld): TrustReader {
  return {
    refresh: async (gun) => trustedRepository(await refreshRepository(gun, world, NONE)),
    standing: async (gun, replaced) =>
      trustedRepository(await refreshRepository(gun, world, replaced === 'online-keys' ? EVERY_ROLE : PEOPLES_ROLES)),
    verify: async (image, manifests) => {
      const early = askedEarly(manifests);
      const refreshed = await refreshRepository(image.gun, world, NONE, () => early.ask(image));
      return verifyImage(refreshed, image, early);
    },
    verifyFile: async (gun, name, file) => verifyFile(await refreshRepository(gun, world, NONE), name, file),
    recall: async (gun) => recallRoles(gun, world),
    close: () => world.memory.clear(),
  };
}
