// The client: refresh, verify, publish. Start reading here, then refresh-repository.ts.
import type { Gun, Signer } from '@countersign/core';
import type { PublishChange, Published } from './change.ts';
import type { ClientOptions } from './options.ts';
import type { TrustedRepository } from './repository.ts';
import type { FileFacts, ImageName, ManifestSource, Verdict } from './verdict.ts';

/**
 * Speaks for one machine with one trust server. Any number of calls may run at once, in any number of processes on the same
 * folders. Everything throws FormatError, TrustError (core), FetchError (http), StateError or ServerError; publishing also
 * PublishError. What a signer or a manifest source throws passes through.
 */
export interface TrustClient {
  /** Brings everything up to date and remembers it. */
  refresh(gun: Gun): Promise<TrustedRepository>;
  /**
   * Throws TrustError: `unsigned`, `revoked`, `wrong-kind`, `mismatch` (with `details.signed` and `details.got`), and whatever
   * is wrong with the metadata. A digest alone asks no registry; it needs a current signed entry with that digest.
   */
  verify(image: ImageName, manifests: ManifestSource): Promise<Verdict>;
  /** The same for a file that is not in a registry. */
  verifyFile(gun: Gun, name: string, file: FileFacts): Promise<Verdict>;
  /** Signs and uploads. Signers that no role needs stay unused. When others publish first, it starts again until the deadline. */
  publish(gun: Gun, change: PublishChange, signers: readonly Signer[]): Promise<Published>;
  /** Forgets what was remembered in memory. The HttpClient stays open: whoever made it closes it. */
  close(): void;
}

export function createClient(_options: ClientOptions): TrustClient {
  throw new Error('not yet');
}
