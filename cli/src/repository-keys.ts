// The keys that a new repository begins with. Every question is asked before the first key is written, so that somebody who
// cancels leaves nothing behind; and every key is on the disk before anything is published, because a repository whose keys were
// lost with a crash could never be signed again.
import type { Gun } from '@countersign/core';
import { generateSigner, type KeyEntry, type KeyFolder, type LocalSigner } from '@countersign/signers';
import { keyCalled, openLocalKey } from './local-keys.ts';
import type { Passphrases } from './passphrase.ts';
import type { World } from './world.ts';

/** A key that is open, and where it is once it is kept. */
export interface ComingKey {
  readonly signer: LocalSigner;
  keep(): Promise<KeyEntry>;
}

export type KeyKindOfRepository = 'root' | 'repository';

const LONGEST_LABEL = 64;

/** A new key. Its passphrase is asked for now; its file is written by `keep`. */
export async function newKey(folder: KeyFolder, gun: Gun, kind: KeyKindOfRepository, secrets: Passphrases): Promise<ComingKey> {
  const signer = generateSigner('ed25519');
  const passphrase = await secrets.get({ key: kind, name: `new ${kind} key`, fresh: true });
  const whole = `${kind} ${gun}`;
  const label = whole.length <= LONGEST_LABEL ? whole : `${whole.slice(0, LONGEST_LABEL - 1)}…`;
  return { signer, keep: () => folder.add(signer, passphrase, { create: 'refuse', label }) };
}

/** A key that is here already. */
export async function knownKey(
  world: World,
  folder: KeyFolder,
  words: string,
  kind: KeyKindOfRepository,
  secrets: Passphrases,
): Promise<ComingKey> {
  const entry = await keyCalled(folder, words);
  const { signer } = await openLocalKey(world, entry, secrets, kind);
  return { signer, keep: async () => entry };
}
