// Signatures as signers make them, in the spelling of Notary: the inverse of `signature.ts`.
import { concatBytes } from '../../bytes/bytes.ts';
import { FormatError } from '../../errors.ts';
import { DER, type Der, derChildren, expectDer, readDer } from './der.ts';
import type { NotarySignature } from './wire.ts';

const NUMBER_BYTES = 32;
const ED25519_BYTES = 64;
const SMALLEST_RSA_BYTES = 256;

/**
 * `signature` of a key of `scheme`, as the cryptography port knows both. ECDSA: two numbers of 32 bytes in place of DER. RSA: RSASSA-PSS
 * over SHA-256 with a salt of 32 bytes, which the signer must have used: clients of Notary verify no other salt. Throws FormatError
 * `malformed` for other schemes, and for bytes that are no signature of theirs.
 */
export function spellSignature(scheme: string, signature: Uint8Array): Pick<NotarySignature, 'method' | 'bytes'> {
  switch (scheme) {
    case 'ecdsa-sha2-nistp256':
      return { method: 'ecdsa', bytes: pairOf(signature) };
    case 'ed25519':
      if (signature.length !== ED25519_BYTES) throw malformed(`${ED25519_BYTES} bytes of ed25519`, signature);
      return { method: 'eddsa', bytes: signature };
    case 'rsassa-pss-sha256':
      if (signature.length < SMALLEST_RSA_BYTES) throw malformed(`${SMALLEST_RSA_BYTES} bytes of rsa or more`, signature);
      return { method: 'rsapss', bytes: signature };
    default:
      throw new FormatError('malformed', 'signature: wanted ecdsa-sha2-nistp256, ed25519 or rsassa-pss-sha256');
  }
}

/** RFC 3279 §2.2.3: a SEQUENCE of r and s. */
function pairOf(signature: Uint8Array): Uint8Array {
  const [r, s, ...more] = derChildren(expectDer(readDer(signature), DER.sequence, 'a signature'));
  if (more.length > 0) throw malformed('r and s', signature);
  return concatBytes(numberOf(r), numberOf(s));
}

function numberOf(element: Der | undefined): Uint8Array {
  const { content } = expectDer(element, DER.integer, 'a number of a signature');
  const digits = content[0] === 0 ? content.subarray(1) : content;
  const isMinimal = content.length > 0 && (content[0] !== 0 || content.length === 1 || (content[1] ?? 0) >= 0x80);
  if (!isMinimal || (content[0] ?? 0) >= 0x80 || digits.length > NUMBER_BYTES) {
    throw new FormatError('malformed', `signature: wanted a number of at most ${NUMBER_BYTES} bytes, not negative`);
  }
  return concatBytes(new Uint8Array(NUMBER_BYTES - digits.length), digits);
}

const malformed = (wanted: string, got: Uint8Array): FormatError =>
  new FormatError('malformed', `signature: wanted ${wanted}, got ${got.length} bytes`);
