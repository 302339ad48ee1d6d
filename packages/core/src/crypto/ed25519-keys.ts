// Which Ed25519 public keys may be used at all. For a key of small order anyone can make a signature that verifies, and
// keys spelled non-canonically are accepted by some verifiers only; so both are refused before any verifier sees them.
import { concatBytes } from '../bytes/bytes.ts';
import { encodeHex } from '../bytes/hex.ts';

/** SubjectPublicKeyInfo of RFC 8410 §4 up to the 32 bytes of the key. */
const SPKI_PREFIX: Uint8Array = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);

// The field's prime and the curve's constant: -x² + y² = 1 + d·x²·y² (RFC 8032 §5.1).
const P = 2n ** 255n - 19n;
const D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;

// The y coordinates of the eight points whose order divides the cofactor 8, as they are written: little-endian, the sign of x left out.
const SMALL_ORDER: ReadonlySet<string> = new Set([
  `01${'00'.repeat(31)}`, // order 1, the neutral element
  `ec${'ff'.repeat(30)}7f`, // order 2
  '00'.repeat(32), // order 4, two points
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', // order 8, two points
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', // order 8, two points
]);

/** The DER of the SubjectPublicKeyInfo of an Ed25519 public key of 32 bytes. */
export function ed25519Spki(publicKey: Uint8Array): Uint8Array {
  return concatBytes(SPKI_PREFIX, publicKey);
}

/** Why `publicKey` must not be opened as an Ed25519 public key, or undefined when it may. */
export function ed25519KeyObjection(publicKey: Uint8Array): string | undefined {
  if (publicKey.length !== 32) return `wanted an ed25519 key of 32 bytes, got ${publicKey.length}`;
  if (!isBelowPrime(publicKey)) return 'the ed25519 key is not in canonical form';
  // All points with x = 0 are of small order, so a wrong sign there is refused too.
  return isSmallOrderPoint(publicKey) ? 'the ed25519 key has small order' : undefined;
}

/**
 * Why no signature of an Ed25519 key that was opened can ever verify, or undefined. Verification finds out by itself; but a role that
 * needs such a key could never be signed, which has to be said when the key is added.
 */
export function ed25519KeyFlaw(publicKey: Uint8Array): string | undefined {
  // x² = (y²-1)/(d·y²+1) has a solution exactly when the product is a square.
  const y = yOf(publicKey);
  return isSquare(((y * y - 1n) * (D * y * y + 1n)) % P) ? undefined : 'the ed25519 key is not a point of the curve';
}

/** Whether 32 bytes spell a point whose order divides the cofactor 8. */
export function isSmallOrderPoint(point: Uint8Array): boolean {
  if (point.length !== 32) return false;
  const text = encodeHex(point);
  return SMALL_ORDER.has(`${text.slice(0, 62)}${encodeHex(Uint8Array.of((point[31] ?? 0) & 0x7f))}`);
}

/** Whether the y coordinate of 32 bytes is below 2^255 - 19: only 19 numbers of 255 bits are not. */
function isBelowPrime(point: Uint8Array): boolean {
  if (((point[31] ?? 0) & 0x7f) !== 0x7f) return true;
  for (let index = 30; index > 0; index -= 1) if (point[index] !== 0xff) return true;
  return (point[0] ?? 0) < 0xed;
}

/** The y coordinate of 32 bytes, little-endian; the highest bit is the sign of x and no part of it (RFC 8032 §5.1.3). */
function yOf(point: Uint8Array): bigint {
  let y = 0n;
  for (let index = 31; index >= 0; index--) {
    const byte = point[index] ?? 0;
    y = (y << 8n) | BigInt(index === 31 ? byte & 0x7f : byte);
  }
  return y;
}

/** Whether a number from 1 to P-1 is a square modulo P, by its Jacobi symbol. Nothing here is secret. */
function isSquare(value: bigint): boolean {
  let top = value;
  let bottom = P;
  let square = true;
  while (top !== 0n) {
    while ((top & 1n) === 0n) {
      top >>= 1n;
      const rest = bottom & 7n;
      if (rest === 3n || rest === 5n) square = !square;
    }
    [top, bottom] = [bottom, top];
    if ((top & 3n) === 3n && (bottom & 3n) === 3n) square = !square;
    top %= bottom;
  }
  return square;
}
