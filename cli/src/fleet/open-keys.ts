// The keys that a change needs, each opened once, however many repositories it is for: before anything is published, so that a wrong
// passphrase changes nothing.
import type { KeyPlan } from '@countersign/client';
import { type Fingerprint, ROOT, type Signer, shortFingerprint } from '@countersign/core';
import { type KeyEntry, keyFolder } from '@countersign/signers';
import { CommandError } from '../errors.ts';
import type { Folders } from '../folders.ts';
import { openIfAtHand } from '../local-keys.ts';
import type { Passphrases } from '../passphrase.ts';
import type { World } from '../world.ts';

/** Throws CommandError `no-key`, naming the role and its keys; KeyError. */
export async function openKeysFor(
  plans: readonly KeyPlan[],
  {
    folders,
    open,
    secrets,
    world,
  }: { readonly folders: Folders; readonly open: readonly Signer[]; readonly secrets: Passphrases; readonly world: World },
): Promise<readonly Signer[]> {
  const entries = new Map<Fingerprint, KeyEntry>();
  for (const entry of (await keyFolder(folders.keys).list()).keys) entries.set(entry.key.fingerprint, entry);
  const signers = new Map<Fingerprint, Signer>(open.map((signer) => [signer.key.fingerprint, signer]));
  for (const { touched } of plans) {
    for (const { role, needs } of touched) {
      for (const { threshold, keys } of needs) {
        let present = keys.filter((key) => signers.has(key)).length;
        for (const key of keys) {
          const entry = entries.get(key);
          if (present >= threshold || signers.has(key) || entry === undefined) continue;
          // A token that was lost is a reason to revoke its key, and its key is not asked to agree.
          const signer = await openIfAtHand(world, entry, secrets, role === ROOT ? 'root' : 'repository');
          if (signer === undefined) continue;
          signers.set(key, signer);
          present += 1;
        }
        if (present < threshold) throw tooFew(role, threshold, keys, present);
      }
    }
  }
  return [...signers.values()];
}

function tooFew(role: string, threshold: number, keys: readonly Fingerprint[], present: number): CommandError {
  const names = keys.map(shortFingerprint).join(', ').slice(0, 200);
  const text = `role ${role} needs ${threshold} of the keys ${names}, and ${present === 0 ? 'none' : `only ${present}`} of them is here`;
  return new CommandError('no-key', text, {
    details: { role, threshold, keys, present },
    ...(role === 'root' ? { next: 'where others hold the keys of the root: countersign root propose' } : {}),
  });
}
