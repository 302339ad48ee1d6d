// Ed25519 keys as the notary client writes them. It is older than RFC 8410: another object identifier, and as key the public half, the
// seed and the public half again. OpenSSL reads none of it, its encryption (PBES2, RFC 8018 §6.2) is undone here.
import { createDecipheriv, createPrivateKey, createPublicKey, type KeyObject, pbkdf2Sync } from 'node:crypto';
import { DER, type Der, derChildren, encodeHex, expectDer, FormatError, readDer } from '@countersign/core';
import { KeyError } from './errors.ts';

// 1.3.6.1.4.1.11591.15.1, GNU's number for Ed25519.
const ED25519 = '2b06010401da470f01';
// 1.2.840.113549.1.5.13 PBES2, 1.2.840.113549.1.5.12 PBKDF2 (with HMAC-SHA-1, as nothing else is said), 2.16.840.1.101.3.4.1.42 AES-256-CBC.
const PBES2 = '2a864886f70d01050d';
const PBKDF2 = '2a864886f70d01050c';
const AES_256_CBC = '60864801650304012a';
/** The client asks for 2,048. A file that asks for a billion keeps a computer busy, and opens nothing. */
const MOST_ROUNDS = 10_000_000;

const HALF = 32;

/** The key in PKCS#8 of that form, encrypted or not, or undefined for everything else: a wrong passphrase among it. */
export function notaryEd25519(der: Buffer, passphrase: string | undefined): KeyObject | undefined {
  try {
    const plain = passphrase === undefined ? der : decrypted(der, passphrase);
    if (plain === undefined) return undefined;
    const [version, algorithm, key] = childrenOf(readDer(plain));
    expectDer(version, DER.integer, 'a version');
    if (oidIn(childrenOf(algorithm)[0]) !== ED25519) return undefined;
    return fromHalves(Buffer.from(expectDer(key, DER.octetString, 'a key').content));
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** The body of an `ED25519 PRIVATE KEY` block: the public half, the seed, the public half. Throws KeyError('damaged'). */
export function fromHalves(bytes: Buffer): KeyObject {
  const [front, seed, back] = [bytes.subarray(0, HALF), bytes.subarray(HALF, 2 * HALF), bytes.subarray(2 * HALF)];
  const url = (part: Buffer): string => part.toString('base64url');
  if (bytes.length !== 3 * HALF || !front.equals(back)) throw new KeyError('damaged', 'private key is damaged: its public halves differ');
  const key = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d: url(seed), x: url(front) }, format: 'jwk' });
  // OpenSSL takes the public half from the seed. Notary's client names the key by the other one.
  if (createPublicKey(key).export({ format: 'jwk' }).x !== url(front)) {
    throw new KeyError('damaged', 'private key is damaged: its public half is not of its seed');
  }
  return key;
}

function decrypted(der: Buffer, passphrase: string): Buffer | undefined {
  const [scheme, sealed] = childrenOf(readDer(der));
  const [pbes2, parameters] = childrenOf(scheme);
  const [derivation, cipher] = childrenOf(parameters);
  const [pbkdf2, words] = childrenOf(derivation);
  const [salt, count, ...more] = childrenOf(words);
  const [aes, iv] = childrenOf(cipher);
  if (oidIn(pbes2) !== PBES2 || oidIn(pbkdf2) !== PBKDF2 || oidIn(aes) !== AES_256_CBC || more.length > 0) return undefined;
  const rounds = Number(BigInt(`0x0${encodeHex(expectDer(count, DER.integer, 'a number of rounds').content)}`));
  if (rounds < 1 || rounds > MOST_ROUNDS) return undefined;
  const vector = expectDer(iv, DER.octetString, 'an initialisation vector').content;
  if (vector.length !== 16) return undefined;
  const wrapping = pbkdf2Sync(passphrase, expectDer(salt, DER.octetString, 'a salt').content, rounds, 32, 'sha1');
  const decipher = createDecipheriv('aes-256-cbc', wrapping, vector);
  try {
    return Buffer.concat([decipher.update(expectDer(sealed, DER.octetString, 'a key').content), decipher.final()]);
  } catch {
    // The padding tells, mostly, that the passphrase is another one.
    return undefined;
  } finally {
    wrapping.fill(0);
  }
}

const childrenOf = (element: Der | undefined): readonly Der[] => derChildren(expectDer(element, DER.sequence, 'a sequence'));
const oidIn = (element: Der | undefined): string => encodeHex(expectDer(element, DER.oid, 'an object identifier').content);
