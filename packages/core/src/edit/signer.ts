// What publishing needs from a key that signs. The port belongs to core, because core says what a signature is over;
// memory, key files, the server's derived keys and hardware implement it elsewhere.
import type { NewSignature } from '../formats/dialect.ts';
import type { JsonObject } from '../json/value.ts';
import type { Fingerprint, KeyId } from '../names/brand.ts';

/** A public key, in the three spellings that are needed: the file's own name for it, the one people see, and the whole object. */
export interface PublicKey {
  /** A hash of `object`, in hex, as the dialect makes it: what the `keys` member of a delegating role calls this key. */
  readonly keyid: KeyId;
  /** SHA-256 of the key's SPKI DER: what people compare and thresholds count. */
  readonly fingerprint: Fingerprint;
  /** What the cryptography port calls its scheme, as `ed25519`. */
  readonly scheme: string;
  /** The key exactly as metadata of the dialect holds it, with no other member. */
  readonly object: JsonObject;
}

/** A signature of this key, ready to be written. */
export const newSignature = ({ keyid, scheme }: PublicKey, bytes: Uint8Array): NewSignature => ({ keyid, scheme, bytes });

/**
 * A key that signs.
 *
 * `sign` must sign the message itself, never a digest that the caller made, and must not change or keep the array. It answers the
 * raw signature: 64 bytes for `ed25519`, the DER sequence for `ecdsa-sha2-nistp256`, one with a salt of 32 bytes for
 * `rsassa-pss-sha256`. It may take as long as a person at a hardware token takes, may be called again while an earlier call is under
 * way, and must reject rather than answer a signature that `key` does not verify. Whoever opened a signer that holds a device or a
 * connection closes it.
 */
export interface Signer {
  readonly key: PublicKey;
  sign(message: Uint8Array): Promise<Uint8Array>;
}
