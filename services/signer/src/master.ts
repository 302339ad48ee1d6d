// The master key at rest: an encrypted key file like any other (scrypt, AES-256-GCM), whose 32 secret bytes all keys of this service are
// derived from. It signs nothing itself.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeBase64 } from '@countersign/core';
import { changePassphrase, generateSigner, openKeyFile, writeKeyFile } from '@countersign/signers';
import { SetupError } from './errors.ts';

export interface Master {
  readonly secret: Uint8Array;
  /** Tells one master key from another; says nothing about the secret. */
  readonly fingerprint: string;
  /** Whether it was there before. */
  readonly found: boolean;
}

const pathIn = (data: string): string => join(data, 'master-key.json');

/** Opens the master key in a data folder, or makes it. Throws KeyError, `wrong-passphrase` above all. */
export async function openMaster(data: string, passphrase: string): Promise<Master> {
  const path = pathIn(data);
  const found = await access(path).then(
    () => true,
    () => false,
  );
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

/** Encrypts the master key under another passphrase; the keys that follow from it stay what they are. Throws KeyError. */
export async function rekeyMaster(data: string, passphrase: { readonly from: string; readonly to: string }): Promise<void> {
  await changePassphrase(pathIn(data), passphrase);
}
