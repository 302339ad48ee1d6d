// Keys of this machine that are opened only when something is to be signed with them: what a change needs is known once it is planned,
// and nobody should be asked for a passphrase in vain.
import type { Fingerprint, Signer } from '@countersign/core';
import { keyFolder } from '@countersign/signers';
import type { Folders } from './folders.ts';
import { openForSigning } from './local-keys.ts';
import type { Passphrases, Purpose } from './passphrase.ts';
import type { Call } from './tree/spec.ts';

export async function lazySigners(
  { world }: Call,
  folders: Folders,
  wanted: ReadonlySet<Fingerprint>,
  secrets: Passphrases,
  purpose: Purpose['key'] = 'repository',
): Promise<readonly Signer[]> {
  const { keys } = await keyFolder(folders.keys).list();
  return keys
    .filter(({ key }) => wanted.has(key.fingerprint))
    .map((entry) => {
      let opened: Promise<Signer> | undefined;
      return {
        key: entry.key,
        async sign(message: Uint8Array) {
          opened ??= openForSigning(world, entry, secrets, purpose);
          return (await opened).sign(message);
        },
      };
    });
}
