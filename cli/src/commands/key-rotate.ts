// `key rotate`: another key for a role. The new key is on the disk before it is published, and the old one stays in the key folder.
import { pinnedText, type RotateChange, type RotateServerKeyChange } from '@countersign/client';
import { isTopLevel, parseOwnRoleName, parseRoleName, ROOT, type RoleName, shortFingerprint, TARGETS } from '@countersign/core';
import { keyFolder } from '@countersign/signers';
import type { Trust } from '../compose/opened.ts';
import { withTrust } from '../compose/trust.ts';
import { CommandError } from '../errors.ts';
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
  const role = typed('the role', () => (isTopLevel(word) ? parseRoleName(word) : parseOwnRoleName(word)));
  const gun = typedGun(given.argument('gun'));
  return withTrust(call, gun, 'first-contact', async (trust) => {
    const repository = await trust.client.standing(gun);
    // Who must agree: the role that says which keys the other has.
    const decider = isTopLevel(word) ? ROOT : TARGETS;
    const secrets = secretsOf(call);
    // First those who must agree: no key is made for a change that cannot happen.
    const deciders = await openSignersFor(call, trust.folders, await signersOf(repository, decider), [], secrets);
    // A role whose keys change is signed anew by the new ones, and the one that says so by those who decide.
    const drafted = new Set([role, decider]);
    const renewals = await renewalsFor(call, trust, repository, { drafted, needed: new Set([ROOT]), open: deciders }, secrets);
    const change =
      word === 'snapshot' || word === 'timestamp'
        ? serverChange(word)
        : await ownChange(call, trust, await signersOf(repository, role), repository.roles.root.version, secrets);
    for (const key of change.keys) {
      const { path } = await key.keep();
      if (given.text('key') === undefined) output.say(`made a new key in ${path}`);
    }
    const fresh = change.keys.map(({ signer }) => signer.key.fingerprint);
    const signers = [...deciders, ...renewals.signers, ...change.keys.map(({ signer }) => signer)];
    const published = await publishWith(output, keyFolder(trust.folders.keys), change.keys, () =>
      trust.client.publish(gun, { ...change.change, renew: renewals.roles }, signers),
    );
    output.say(`rotated ${role} of ${gun}${fresh.length === 0 ? '' : ` to ${fresh.map(shortFingerprint).join(', ')}`}`);
    if (role === 'root')
      output.say(
        'Consumers follow by themselves, and the first pin stays good. Keep a copy of the new root key file away from this machine.',
      );
    const pin = pinnedText({ pin: published.pin, minimum: {} });
    return { facts: { gun, role, keys: fresh, versions: Object.fromEntries(published.versions), pin }, text: fresh[0] ?? pin };
  });
};

interface Rotation {
  readonly change: RotateChange | RotateServerKeyChange;
  readonly keys: readonly ComingKey[];
}

const serverChange = (role: 'snapshot' | 'timestamp'): Rotation => ({
  change: { kind: 'rotate', role, replacement: 'server' },
  keys: [],
});

async function ownChange(call: Call, trust: Trust, wanted: RoleSigners, root: number, secrets: Passphrases): Promise<Rotation> {
  const { role, keys, threshold } = wanted;
  if (keys.length > 1 || threshold > 1) {
    // One new key in place of several would quietly lower what it takes to sign.
    throw new CommandError(
      'no-key',
      `${role} has ${keys.length} keys, ${threshold} of which must sign: one new key cannot stand for them`,
      {
        next: 'rotate it where its holders can sign together',
        details: { role, keys, threshold },
      },
    );
  }
  const key = await comingKey(call, trust, role, root + 1, secrets);
  return { change: { kind: 'rotate', role, replacement: { keys: [key.signer.key], threshold: 1 } }, keys: [key] };
}

async function comingKey(
  { world, given }: Call,
  { folders, gun }: Trust,
  role: RoleName,
  version: number,
  secrets: Passphrases,
): Promise<ComingKey> {
  const kind = role === 'root' ? 'root' : 'repository';
  const folder = keyFolder(folders.keys);
  const named = given.text('key');
  // The version tells the new key from the one that it replaces, whose file stays beside it.
  return named === undefined ? newKey(folder, gun, kind, secrets, `${role} v${version}`) : knownKey(world, folder, named, kind, secrets);
}
