// The cryptography port: everything core needs from an implementation. `portable` is in core, `crypto-native` beside it;
// both must pass the same contract suite and agree on every vector.
import type { Fingerprint } from '../names/brand.ts';

export type HashAlgorithm = 'sha256' | 'sha512';

/** A key as metadata spells it: TUF 1.0.34 §4.2 `keytype`, `scheme` and `keyval.public`. */
export interface KeySpelling {
  readonly keytype: string;
  readonly scheme: string;
  readonly public: string;
}

/** A key that can verify. Two keys are the same key exactly when their fingerprints are equal. */
export interface VerifyingKey {
  readonly fingerprint: Fingerprint;
  /** Never throws: a signature of a wrong length or form is `false`. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
  /**
   * Why no signature of this key can ever verify, or undefined; absent where keys are known to be sound when they are opened. Asked
   * when a key is given a role: who only verifies finds out by itself, and need not pay for the answer.
   */
  flaw?(): string | undefined;
  /**
   * Checks a signature on another thread, so that `verify` of the same has its answer at hand. Resolves when that is so, and when it
   * will not be; never rejects. It tells nothing: whoever wants the verdict asks `verify`.
   */
  verifyAhead?(message: Uint8Array, signature: Uint8Array): Promise<void>;
}

/**
 * What became of opening a key. `unsupported`: a scheme this implementation does not do; it counts zero and is reported.
 * `unusable`: the scheme is known, but the key is malformed, too weak, of small order, or of another type than its scheme says.
 */
export type OpenedKey =
  | { readonly status: 'ready'; readonly key: VerifyingKey }
  | { readonly status: 'unsupported' }
  | { readonly status: 'unusable'; readonly reason: string };

/**
 * Implementations must be synchronous but for `verifyAhead`, must never throw for any input of the right type, and may remember
 * opened keys.
 * They must refuse small-order and non-canonical Ed25519 keys and a non-canonical S, and must verify without cofactor.
 */
export interface Cryptography {
  readonly name: string;
  digest(algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array;
  openKey(key: KeySpelling): OpenedKey;
}
