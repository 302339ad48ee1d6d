// The client: refresh, verify, publish. Start reading here, then refresh-repository.ts.
import type { Fingerprint, Gun, Signer } from '@countersign/core';
import type { KeyChange, PublishChange, Published } from './change.ts';
import { askedEarly } from './early-manifest.ts';
import type { KeyPlan, KeyUse } from './key-use.ts';
import type { ClientOptions } from './options.ts';
import { type Overdue, PEOPLES_ROLES } from './overdue.ts';
import { allKeyUses, planKeyChange } from './plan-key.ts';
import { publish } from './publish.ts';
import { type Refreshed, refreshRepository } from './refresh-repository.ts';
import type { TrustedRepository } from './repository.ts';
import { trustedRepository } from './trusted-repository.ts';
import type { FileFacts, ImageName, ManifestSource, Verdict } from './verdict.ts';
import { verifyFile } from './verify-file.ts';
import { verifyImage } from './verify-image.ts';
import { openWorld } from './world.ts';

/**
 * Speaks for one machine with one trust server. Any number of calls may run at once, in any number of processes on the same
 * folders. Everything throws FormatError, TrustError (core), FetchError (http), StateError or ServerError; publishing also
 * PublishError. What a signer or a manifest source throws passes through.
 */
export interface TrustClient {
  /** Brings everything up to date and remembers it. */
  refresh(gun: Gun): Promise<TrustedRepository>;
  /**
   * The same for whoever is about to publish: roles that people sign may have expired, or nobody could read what to renew. Timestamp
   * and snapshot may not. Nothing may be verified with it.
   */
  standing(gun: Gun): Promise<TrustedRepository>;
  /**
   * Throws TrustError: `unsigned`, `revoked`, `wrong-kind`, `mismatch` (with `details.wanted`, `details.signed` and `details.got`), and whatever
   * is wrong with the metadata. A digest alone asks no registry; it needs a current signed entry with that digest.
   */
  verify(image: ImageName, manifests: ManifestSource): Promise<Verdict>;
  /** The same for a file that is not in a registry. */
  verifyFile(gun: Gun, name: string, file: FileFacts): Promise<Verdict>;
  /** Signs and uploads. Signers that no role needs stay unused. When others publish first, it starts again until the deadline. */
  publish(gun: Gun, change: PublishChange, signers: readonly Signer[]): Promise<Published>;
  /** Where the newest metadata trusts a key, and what it signed there. Throws what is wrong with a role that cannot be read. */
  keyUses(gun: Gun, key: Fingerprint): Promise<readonly KeyUse[]>;
  /** What a change of a key would do, from fresh metadata. Nothing is signed and nothing published. */
  planKey(gun: Gun, change: KeyChange): Promise<KeyPlan>;
  /** The names that the server lists for this caller: its word, and nothing is believed on the strength of it. */
  repositories(): Promise<readonly Gun[]>;
  /** Forgets what was remembered in memory. The HttpClient stays open: whoever made it closes it. */
  close(): void;
}

const NONE: Overdue = new Set();

/** Opens nothing and asks nothing until it is used. */
export function createClient(options: ClientOptions): TrustClient {
  const world = openWorld(options);
  const fresh = (gun: Gun): Promise<Refreshed> => refreshRepository(gun, world, NONE);
  return {
    refresh: async (gun) => trustedRepository(await fresh(gun)),
    standing: async (gun) => trustedRepository(await refreshRepository(gun, world, PEOPLES_ROLES)),
    verify: async (image, manifests) => {
      const early = askedEarly(manifests);
      const refreshed = await refreshRepository(image.gun, world, NONE, () => early.ask(image));
      return verifyImage(refreshed, image, early);
    },
    verifyFile: async (gun, name, file) => verifyFile(await fresh(gun), name, file),
    publish: (gun, change, signers) => publish(gun, change, signers, world),
    keyUses: async (gun, key) => allKeyUses(key, await refreshRepository(gun, world, PEOPLES_ROLES)),
    async planKey(gun, change) {
      const { uses, touched, left } = await planKeyChange(change, await refreshRepository(gun, world, PEOPLES_ROLES), world);
      return { uses, touched, left };
    },
    repositories: () => world.server.repositories(),
    close: () => world.memory.clear(),
  };
}
