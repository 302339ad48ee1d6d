// The one algorithm of each kind of key, as metadata has it. RSA is RSASSA-PSS with a salt of 32 bytes: other clients, those of Notary
// among them, verify no other salt.
import { constants, type KeyObject, sign, verify } from 'node:crypto';
import { keyKind } from './public-key.ts';

const SALT_BYTES = 32;

/** The raw signature: 64 bytes for Ed25519, DER for ECDSA. Throws KeyError('unsupported') for other keys. */
export const signWith = (privateKey: KeyObject, message: Uint8Array): Uint8Array =>
  new Uint8Array(sign(digestOf(privateKey), message, optionsFor(privateKey)));

/** Whether `publicKey` verifies exactly such a signature. Throws KeyError('unsupported') for other keys. */
export const verifiesWith = (publicKey: KeyObject, message: Uint8Array, signature: Uint8Array): boolean =>
  verify(digestOf(publicKey), message, optionsFor(publicKey), signature);

/** `signWith` and `verifiesWith` of what it made, on a thread of Node's own: who answers others meanwhile is not held up. */
export async function signChecked(privateKey: KeyObject, publicKey: KeyObject, message: Uint8Array): Promise<Uint8Array | undefined> {
  const digest = digestOf(privateKey);
  const signature = await new Promise<Uint8Array>((resolve, reject) => {
    sign(digest, message, optionsFor(privateKey), (error, made) => (error ? reject(error) : resolve(new Uint8Array(made))));
  });
  const isValid = await new Promise<boolean>((resolve, reject) => {
    verify(digest, message, optionsFor(publicKey), signature, (error, valid) => (error ? reject(error) : resolve(valid)));
  });
  return isValid ? signature : undefined;
}

const digestOf = (key: KeyObject): string | null => (keyKind(key) === 'ed25519' ? null : 'sha256');

function optionsFor(key: KeyObject) {
  const rsa = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: SALT_BYTES };
  return { key, dsaEncoding: 'der' as const, ...(keyKind(key) === 'rsa' ? rsa : {}) };
}
