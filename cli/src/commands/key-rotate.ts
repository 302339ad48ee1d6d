// `key rotate`: another key for a role. The new key is on the disk before it is published, and the old one stays in the key folder.
import { type KeyChange, pinnedText, type RotateChange, type RotateServerKeyChange, type TrustedRepository } from '@countersign/client';
import {
  type Fingerprint,
  isTopLevel,
  parseRoleName,
  ROOT,
  type RoleName,
  type Signer,
  shortFingerprint,
  TARGETS,
} from '@countersign/core';
import { keyFolder } from '@countersign/signers';
import type { Trust } from '../compose/opened.ts';
import { withTrust } from '../compose/trust.ts';
import { DIALECTS, dialectOf } from '../dialect.ts';
import { CommandError, UsageError } from '../errors.ts';
import { namedFingerprint } from '../fleet/named-keys.ts';
import { openKeysFor } from '../fleet/open-keys.ts';
import { typed } from '../given.ts';
import { typedGun } from '../names.ts';
import type { Passphrases } from '../passphrase.ts';
import { renewalsFor } from '../renewals.ts';
import { type ComingKey, knownKey, newKey, publishWith } from '../repository-keys.ts';
import { openSignersFor, type RoleSigners, secretsOf, signersOf } from '../signing-keys.ts';
import type { Call, Handler } from '../tree/spec.ts';

export const keyRotate: Handler = async (call) => {
  const { given, output } = call;
  const word = given.argument('role');
  const gun = typedGun(given.argument('gun'), call);
  const { roleCalled } = DIALECTS[dialectOf(call, gun)];
  const role = typed('the role', () => (isTopLevel(word) ? parseRoleName(word) : roleCalled(word)));
  const server = isServers(word) && !isHeld(call, word);
  return withTrust(call, gun, 'first-contact', async (trust) => {
    const repository = await trust.client.standing(gun, isServers(word) ? 'online-keys' : undefined);
    // Who must agree: the role that says which keys the other has.
    const decider = isTopLevel(word) ? ROOT : await delegatorOf(repository, role);
    const secrets = secretsOf(call);
    const wanted = await signersOf(repository, role);
    const old = isServers(word) ? undefined : await leaving(call, trust, wanted);
    // First those who must agree: no key is made for a change that cannot happen.
    const deciders = await openSignersFor(call, trust.folders, await signersOf(repository, decider), secrets);
    // A role whose keys change is signed anew by the new ones, and the one that says so by those who decide.
    const drafted = new Set([role, decider]);
    const renewals = await renewalsFor(call, trust, repository, { drafted, needed: new Set([ROOT]), open: deciders }, secrets);
    const key = server ? undefined : await comingKey(call, trust, role, repository.roles.root.version + 1, secrets);
    const keys = key === undefined ? [] : [key];
    const open = [...deciders, ...renewals.signers, ...keys.map(({ signer }) => signer)];
    const change = changeOf(word, role, old, key);
    const signers = await others(call, trust, change, open, secrets);
    for (const one of keys) {
      const { path } = await one.keep();
      if (given.text('key') === undefined) output.say(`made a new key in ${path}`);
    }
    const fresh = keys.map(({ signer }) => signer.key.fingerprint);
    const published = await publishWith(output, keyFolder(trust.folders.keys), keys, () =>
      trust.client.publish(gun, { ...change, renew: renewals.roles }, signers),
    );
    output.say(`rotated ${role} of ${gun}${fresh.length === 0 ? '' : ` to ${fresh.map(shortFingerprint).join(', ')}`}`);
    if (word === 'timestamp' && (await isOtherSnapshot(trust, repository)))
      output.say(`rotated snapshot of ${gun} too: its key was neither the server's nor here, and nothing could be published`);
    if (role === 'root')
      output.say(
        'Consumers follow by themselves, and the first pin stays good. Keep a copy of the new root key file away from this machine.',
      );
    const pin = pinnedText({ pin: published.pin, minimum: {} });
    return { facts: { gun, role, keys: fresh, versions: Object.fromEntries(published.versions), pin }, text: fresh[0] ?? pin };
  });
};

/** Whether the keys of the snapshot changed since. */
async function isOtherSnapshot({ client, gun }: Trust, { roles }: TrustedRepository): Promise<boolean> {
  const now = (await client.standing(gun)).roles.snapshot.keys;
  return now.length !== roles.snapshot.keys.length || now.some((key) => !roles.snapshot.keys.includes(key));
}

/** Whether a key of this machine is to sign what the server may sign instead. */
function isHeld({ given }: Call, role: 'snapshot' | 'timestamp'): boolean {
  const held = given.flag('here') || given.text('key') !== undefined;
  if (held && role === 'timestamp') throw new UsageError('bad-arguments', 'the timestamp is signed by the server, with keys of its own');
  return held;
}

const isServers = (word: string): word is 'snapshot' | 'timestamp' => word === 'snapshot' || word === 'timestamp';

async function delegatorOf(repository: TrustedRepository, role: RoleName): Promise<RoleName> {
  return (await repository.delegations()).find((delegation) => delegation.role === role)?.delegator ?? TARGETS;
}

/** The key that goes. Where a role has several, a person says which: one new key in place of all would lower what it takes to sign. */
async function leaving({ given }: Call, { folders }: Trust, { role, keys, threshold, holders }: RoleSigners): Promise<Fingerprint> {
  const words = given.text('old');
  const [only, ...more] = keys;
  const names = keys.map(shortFingerprint).join(', ');
  if (words === undefined) {
    if (only !== undefined && more.length === 0) return only;
    throw new UsageError(
      'bad-arguments',
      `--old: ${role} has ${keys.length} keys, ${threshold} of which must sign: wanted one of ${names}`,
      {
        details: { role, keys, threshold },
        next: 'name the key that goes with --old; the others and the threshold stay',
      },
    );
  }
  const old = await namedFingerprint(folders, words, [...holders, ...keys.map((fingerprint) => ({ fingerprint, name: undefined }))]);
  if (keys.includes(old)) return old;
  throw new CommandError('not-here', `key ${shortFingerprint(old)} is no key of role ${role}, which has ${names}`, {
    details: { role, keys },
  });
}

type Rotation = KeyChange | RotateChange | RotateServerKeyChange;

function changeOf(word: string, role: RoleName, old: Fingerprint | undefined, key: ComingKey | undefined): Rotation {
  if (isServers(word) && key === undefined) return { kind: 'rotate', role: word, replacement: 'server' };
  if (word === 'snapshot' && key !== undefined)
    return { kind: 'rotate', role: word, replacement: { keys: [key.signer.key], threshold: 1 } };
  if (old === undefined || key === undefined) throw new Error('a rotation without keys');
  const next = key.signer.key;
  if (next.fingerprint === old) throw new UsageError('bad-arguments', `--key: ${shortFingerprint(old)} is the key of ${role} already`);
  return { kind: 'replace-key', old, next, root: isTopLevel(word) ? 'include' : 'leave', in: role };
}

/** Where a role has several keys, those that stay sign it too. */
async function others(
  { world }: Call,
  { client, gun, folders }: Trust,
  change: Rotation,
  open: readonly Signer[],
  secrets: Passphrases,
): Promise<readonly Signer[]> {
  return change.kind === 'rotate' ? open : openKeysFor([await client.planKey(gun, change)], { folders, open, secrets, world });
}

async function comingKey({ world, given }: Call, trust: Trust, role: RoleName, version: number, secrets: Passphrases): Promise<ComingKey> {
  const kind = role === 'root' ? 'root' : 'repository';
  const folder = keyFolder(trust.folders.keys);
  const named = given.text('key');
  // The version tells the new key from the one that it replaces, whose file stays beside it.
  return named === undefined ? newKey(folder, trust, kind, secrets, `${role} v${version}`) : knownKey(world, folder, named, kind, secrets);
}
