// Bytes against what was signed about them: length and hashes.
import { encodeHex } from '../bytes/hex.ts';
import type { Cryptography, HashAlgorithm } from '../crypto/port.ts';
import { TrustError } from '../errors.ts';
import type { Hashes, MetaFile } from '../model/metadata.ts';

const isKnown = (algorithm: string): algorithm is HashAlgorithm => algorithm === 'sha256' || algorithm === 'sha512';

/**
 * Throws TrustError('mismatch') unless the length is equal and every listed hash matches (TUF 1.0.34 §5.5.2, §5.6.2). An
 * algorithm that nobody here knows cannot match: skipping it would let its presence switch a check off.
 */
export function verifyBytes(
  what: string,
  bytes: Uint8Array,
  signed: { readonly length?: number | undefined; readonly hashes?: Hashes | undefined },
  crypto: Cryptography,
): void {
  if (signed.length !== undefined && bytes.length !== signed.length) {
    throw new TrustError('mismatch', `${what} has ${bytes.length} bytes, signed were ${signed.length}`);
  }
  if (signed.hashes === undefined) return;
  if (signed.hashes.size === 0) throw new TrustError('mismatch', `${what} was signed without a hash`);
  for (const [algorithm, wanted] of signed.hashes) {
    if (!isKnown(algorithm)) throw new TrustError('mismatch', `${what} was signed with an unknown hash, ${algorithm.slice(0, 20)}`);
    const got = encodeHex(crypto.digest(algorithm, bytes));
    if (got !== wanted)
      throw new TrustError('mismatch', `${what} has ${algorithm} ${got.slice(0, 16)}…, signed was ${wanted.slice(0, 16)}…`);
  }
}

/** The same for a file that another one names. Throws TrustError('mismatch') as well where it states neither version nor hash. */
export function verifyMeta(what: string, bytes: Uint8Array, signed: MetaFile, crypto: Cryptography): void {
  if (signed.version === undefined && signed.hashes === undefined)
    throw new TrustError('mismatch', `${what} was signed without a version and without a hash: it could be any`);
  verifyBytes(what, bytes, signed, crypto);
}
