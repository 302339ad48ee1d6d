// The keys that a repository begins with, or gets. Every question is asked before the first key is written, so that somebody who
// cancels leaves nothing behind; and every key is on the disk before anything is published, because a repository whose keys were
// lost with a crash could never be signed again.
import { ServerError } from '@countersign/client';
import type { Signer } from '@countersign/core';
import { generateSigner, isKeyUri, type KeyEntry, type KeyFolder } from '@countersign/signers';
import type { Trust } from './compose/opened.ts';
import { openKeyUri } from './key-uris.ts';
import { keyCalled, openForSigning } from './local-keys.ts';
import type { Output } from './output.ts';
import type { Passphrases } from './passphrase.ts';
import type { World } from './world.ts';

/** A key that is open, and where it is once it is kept. */
export interface ComingKey {
  readonly signer: Signer;
  keep(): Promise<KeyEntry>;
  /** Removes what `keep` wrote; a key that was here before stays. */
  drop(): Promise<void>;
}

export type KeyKindOfRepository = 'root' | 'repository';

const LONGEST_LABEL = 64;

/** A new key called `name` and after the repository, of the kind that its readers know. Its passphrase is asked for now; its file is written by `keep`. */
export async function newKey(
  folder: KeyFolder,
  { gun, dialect }: Pick<Trust, 'gun' | 'dialect'>,
  kind: KeyKindOfRepository,
  secrets: Passphrases,
  name: string = kind,
): Promise<ComingKey> {
  const signer = generateSigner(dialect.newKeys);
  const passphrase = await secrets.get({ key: kind, name: `new ${name} key`, fresh: true });
  const whole = `${name} ${gun}`;
  const label = whole.length <= LONGEST_LABEL ? whole : `${whole.slice(0, LONGEST_LABEL - 1)}…`;
  return {
    signer,
    keep: () => folder.add(signer, passphrase, { create: 'refuse', label }),
    drop: () => folder.remove(signer.key.keyid),
  };
}

/** A key that is here already; one that a URI names is noted in the key folder, so that later commands find it. */
export async function knownKey(
  world: World,
  folder: KeyFolder,
  words: string,
  kind: KeyKindOfRepository,
  secrets: Passphrases,
): Promise<ComingKey> {
  if (isKeyUri(words)) return keyAt(folder, words, await openKeyUri(world, words, secrets, kind));
  const entry = await keyCalled(folder, words);
  return { signer: await openForSigning(world, entry, secrets, kind), keep: async () => entry, drop: async () => undefined };
}

async function keyAt(folder: KeyFolder, uri: string, signer: Signer): Promise<ComingKey> {
  const { key } = signer;
  const [standing] = await folder.find(key.keyid);
  if (standing !== undefined) return { signer, keep: async () => standing, drop: async () => undefined };
  return {
    signer,
    keep: () => folder.note({ key, label: undefined, uri }, { create: 'refuse' }),
    drop: () => folder.remove(key.keyid),
  };
}

const JUDGED: ReadonlySet<string> = new Set(['PublishError', 'TrustError', 'FormatError', 'KeyError', 'StateError']);

/**
 * Publishes with keys that were kept for it. After a refusal no repository knows the new ones, and they are removed; when nobody can
 * say whether the publish arrived, they stay, and the person is told where.
 */
export async function publishWith<Result>(
  output: Output,
  folder: KeyFolder,
  keys: readonly ComingKey[],
  publish: () => Promise<Result>,
): Promise<Result> {
  try {
    return await publish();
  } catch (error) {
    const refused = error instanceof Error && (JUDGED.has(error.name) || (error instanceof ServerError && error.code === 'auth'));
    if (refused) for (const key of keys) await key.drop();
    else output.say(`nobody can say whether it was published; the keys are kept in ${folder.path}`);
    throw error;
  }
}
