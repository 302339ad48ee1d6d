// The master key at rest: an encrypted key file like any other (scrypt, AES-256-GCM), whose 32 secret bytes all keys of this service are
// derived from. It signs nothing itself.
import { createPrivateKey } from 'node:crypto';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeBase64 } from '@countersign/core';
import { changePassphrase, generateSigner, isKeyError, openKeyFile, signerFromPrivateKey, writeKeyFile } from '@countersign/signers';
import { SetupError } from './errors.ts';

export interface Master {
  readonly secret: Uint8Array;
  /** Tells one master key from another; says nothing about the secret. */
  readonly fingerprint: string;
  /** Whether it was there before. */
  readonly found: boolean;
}

const pathIn = (data: string): string => join(data, 'master-key.json');

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Opens the master key in a data folder, or makes it. Throws KeyError, `wrong-passphrase` above all, and SetupError `wrong-master-key`. */
export async function openMaster(data: string, passphrase: string): Promise<Master> {
  const path = pathIn(data);
  const found = await isThere(path);
  // A new one could do nothing with what another remembers, and would go into the next backup in its place.
  if (!found && (await isThere(join(data, 'memory'))))
    throw new SetupError('wrong-master-key', `${path} is missing, but ${join(data, 'memory')} is there: none is made in its place`);
  if (!found)
    await writeKeyFile(path, generateSigner('ed25519'), passphrase, { create: 'refuse', label: 'master key of a signing service' });
  // Read back in both cases: what a later start will find is what this one uses.
  const { key, privateKey } = await openKeyFile(path, passphrase);
  const { d } = privateKey.export({ format: 'jwk' });
  if (d === undefined || key.scheme !== 'ed25519')
    throw new SetupError('wrong-master-key', `${path} holds a key of ${key.scheme}, wanted ed25519`);
  const secret = decodeBase64(`${d.replaceAll('-', '+').replaceAll('_', '/')}=`);
  return { secret, fingerprint: key.fingerprint, found };
}

// PKCS#8 of Ed25519 (RFC 8410 §7) is this and the 32 bytes of the seed.
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Encrypts the secret that a trust server derived its keys from, as the master key of a new data folder: the keys that follow from it stay
 * what they are. Where a master key is there already, it must be that one. Throws KeyError, and SetupError(`wrong-master-key`).
 */
export async function placeMaster(data: string, secret: Uint8Array, passphrase: string): Promise<Master> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  const path = pathIn(data);
  const der = Buffer.concat([ED25519_PKCS8, secret]);
  const signer = signerFromPrivateKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  der.fill(0);
  let found = false;
  try {
    await writeKeyFile(path, signer, passphrase, { create: 'refuse', label: 'master key of a signing service' });
  } catch (error) {
    if (!isKeyError(error, 'exists')) throw error;
    found = true;
  }
  const master = await openMaster(data, passphrase);
  if (master.fingerprint === signer.key.fingerprint) return { ...master, found };
  throw new SetupError('wrong-master-key', `${path} is there already, and holds another key than the one that was given`);
}

/** Encrypts the master key under another passphrase; the keys that follow from it stay what they are. Throws KeyError. */
export async function rekeyMaster(data: string, passphrase: { readonly from: string; readonly to: string }): Promise<void> {
  await changePassphrase(pathIn(data), passphrase);
}
