// Which keys of this machine sign: those that the role names, and only those are opened.
import type { Holder, TrustedRepository } from '@countersign/client';
import { type Fingerprint, isTopLevel, type RoleName, type Signer, shortFingerprint, type TopLevelRole } from '@countersign/core';
import { isKeyUri, type KeyEntry, keyFolder } from '@countersign/signers';
import { CommandError } from './errors.ts';
import type { Folders } from './folders.ts';
import { HINTS } from './hints.ts';
import { openKeyUri } from './key-uris.ts';
import { keyCalled, keyName, openForSigning, openIfAtHand } from './local-keys.ts';
import { type Passphrases, type Purpose, passphrases } from './passphrase.ts';
import { holdersText } from './signer-words.ts';
import type { Call } from './tree/spec.ts';

/** Who must sign a role. */
export interface RoleSigners {
  readonly role: RoleName;
  readonly threshold: number;
  readonly keys: readonly Fingerprint[];
  /** The keys by name; those of targets and root have none. */
  readonly holders: readonly Holder[];
}

/** Throws CommandError `not-here` when the repository has no such role. */
export async function signersOf(repository: TrustedRepository, role: RoleName): Promise<RoleSigners> {
  const top = topLevelRole(role);
  if (top !== undefined) return { ...repository.roles[top], role, holders: [] };
  const delegations = await repository.delegations();
  const found = delegations.find((delegation) => delegation.role === role);
  if (found === undefined) {
    const names = delegations.map((delegation) => delegation.role).join(', ');
    throw new CommandError('not-here', `${repository.gun} has no role ${role}, it has ${names || 'none below targets'}`);
  }
  return { role, threshold: found.threshold, keys: found.keys, holders: found.holders };
}

// A branded name cannot be an index, so it is read as plain text.
function topLevelRole(role: string): TopLevelRole | undefined {
  return isTopLevel(role) ? role : undefined;
}

/** The keys of this machine that a role names. */
export async function keysHere(folders: Folders, wanted: RoleSigners): Promise<readonly KeyEntry[]> {
  const { keys } = await keyFolder(folders.keys).list();
  return keys.filter(({ key }) => wanted.keys.includes(key.fingerprint));
}

/** The fingerprints of all keys of this machine. */
export const allKeysHere = async (folders: Folders): Promise<readonly Fingerprint[]> =>
  (await keyFolder(folders.keys).list()).keys.map(({ key }) => key.fingerprint);

/** Enough of the keys of this machine for a role. Throws CommandError `no-key`, listing whose keys may sign, when there are too few. */
export async function openSignersFor(call: Call, folders: Folders, wanted: RoleSigners, secrets: Passphrases): Promise<readonly Signer[]> {
  const purpose: Purpose['key'] = wanted.role === 'root' ? 'root' : 'repository';
  const fitting = await keysHere(folders, wanted);
  if (fitting.length < wanted.threshold) throw await tooFew(wanted, fitting, folders.keys);
  const signers: Signer[] = [];
  for (const entry of fitting) {
    if (signers.length === wanted.threshold) break;
    const signer = await openIfAtHand(call.world, entry, secrets, purpose);
    if (signer !== undefined) signers.push(signer);
  }
  if (signers.length < wanted.threshold) throw await tooFew(wanted, fitting, folders.keys);
  return signers;
}

/** The keys that a person named, whatever they may sign. */
export async function openNamed(
  { world }: Call,
  folders: Folders,
  named: readonly string[],
  purpose: Purpose['key'],
  secrets: Passphrases,
): Promise<readonly Signer[]> {
  const signers: Signer[] = [];
  for (const words of named) {
    const signer = isKeyUri(words)
      ? await openKeyUri(world, words, secrets, purpose)
      : await openForSigning(world, await keyCalled(keyFolder(folders.keys), words), secrets, purpose);
    signers.push(signer);
  }
  return signers;
}

/** Throws CommandError `no-key` for a key that may not sign in this role. */
export function checkNamed(wanted: RoleSigners, named: readonly Signer[]): readonly Signer[] {
  for (const { key } of named) if (!wanted.keys.includes(key.fingerprint)) throw notOfTheRole(wanted, key.fingerprint);
  return named;
}

async function tooFew(
  { role, threshold, keys, holders }: RoleSigners,
  fitting: readonly KeyEntry[],
  folder: string,
): Promise<CommandError> {
  const here = fitting.length === 0 ? 'none of them is here' : `here is ${fitting.map(keyName).join(', ')}`;
  // A file that cannot be read does not say whose key it holds: it may be the one that is missing.
  const { unusable } = await keyFolder(folder).list();
  const broken = unusable.map(({ message }) => message);
  const text = `role ${role} needs ${threshold} of the keys ${holdersText(keys, holders)}, and ${here}${broken.map((one) => `; ${one}`).join('')}`;
  const [first] = unusable;
  return new CommandError('no-key', text, {
    details: { role, threshold, keys, here: fitting.map(({ key }) => key.fingerprint), folder, unusable: broken },
    ...(first === undefined ? {} : { next: HINTS.KeyError[first.code] }),
  });
}

function notOfTheRole({ role, threshold, keys, holders }: RoleSigners, got: Fingerprint): CommandError {
  const text = `key ${shortFingerprint(got)} may not sign role ${role}, which is for ${holdersText(keys, holders)}`;
  return new CommandError('no-key', text, { details: { role, threshold, keys, got } });
}

const SECRETS = new WeakMap<Call['given'], Passphrases>();

/** One source of secrets for all keys of a command, so that a descriptor is read once. */
export function secretsOf({ world, given, output }: Call): Passphrases {
  const secrets = SECRETS.get(given) ?? passphrases(world, given, output);
  SECRETS.set(given, secrets);
  return secrets;
}
