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

/** Where a signature is made: on a thread of Node's own, so that others are answered meanwhile, or here, which takes less altogether. */
export type Thread = 'aside' | 'here';

/**
 * As `signWith`. Undefined for a signature that a fault of the machine may have bent. Ed25519 gives one message one signature (RFC 8032
 * §5.1.6), so a second one tells, for two fifths of what verifying costs.
 */
export async function signChecked(key: KeyPair, message: Uint8Array, thread: Thread): Promise<Uint8Array | undefined> {
  const { privateKey, publicKey } = key;
  const sign = () => (thread === 'aside' ? signAside(privateKey, message) : signWith(privateKey, message));
  if (keyKind(privateKey) === 'ed25519') {
    const [one, other] = await Promise.all([sign(), sign()]);
    return Buffer.compare(one, other) === 0 ? new Uint8Array(one) : undefined;
  }
  const signature = await sign();
  const verifies = thread === 'aside' ? verifiesAside : verifiesWith;
  return (await verifies(publicKey, message, signature)) ? new Uint8Array(signature) : undefined;
}

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const verifiesAside = (publicKey: KeyObject, message: Uint8Array, signature: Uint8Array): Promise<boolean> =>
  new Promise((resolve, reject) => {
    verify(digestOf(publicKey), message, optionsFor(publicKey), signature, (error, valid) => (error ? reject(error) : resolve(valid)));
  });

const signAside = (privateKey: KeyObject, message: Uint8Array): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    sign(digestOf(privateKey), message, optionsFor(privateKey), (error, made) => (error ? reject(error) : resolve(made)));
  });

const digestOf = (key: KeyObject): string | null => (keyKind(key) === 'ed25519' ? null : 'sha256');

function optionsFor(key: KeyObject) {
  const rsa = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: SALT_BYTES };
  return { key, dsaEncoding: 'der' as const, ...(keyKind(key) === 'rsa' ? rsa : {}) };
}
