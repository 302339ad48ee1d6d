// `key rotate`: another key for a role. The new key is on the disk before it is published, and the old one stays in the key folder.
import { pinnedText, type RotateChange, type RotateServerKeyChange } from '@countersign/client';
import {
  isTopLevel,
  parseOwnRoleName,
  parseRoleName,
  ROOT,
  type RoleName,
  type Signer,
  shortFingerprint,
  TARGETS,
} from '@countersign/core';
import { generateSigner, keyFolder, type LocalSigner } from '@countersign/signers';
import type { Trust } from '../compose/opened.ts';
import { withTrust } from '../compose/trust.ts';
import { CommandError } from '../errors.ts';
import { typed } from '../given.ts';
import { keyCalled, openLocalKey } from '../local-keys.ts';
import { typedGun } from '../names.ts';
import type { Passphrases } from '../passphrase.ts';
import { renewalsFor } from '../renewals.ts';
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
        : await ownChange(call, trust, await signersOf(repository, role), secrets);
    const signers = [...deciders, ...renewals.signers, ...change.signers];
    const published = await trust.client.publish(gun, { ...change.change, renew: renewals.roles }, signers);
    const fresh = change.signers.map(({ key }) => key.fingerprint);
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
  readonly signers: readonly Signer[];
}

const serverChange = (role: 'snapshot' | 'timestamp'): Rotation => ({
  change: { kind: 'rotate', role, replacement: 'server' },
  signers: [],
});

async function ownChange(call: Call, trust: Trust, wanted: RoleSigners, secrets: Passphrases): Promise<Rotation> {
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
  const signer = await newKey(call, trust, role, secrets);
  return { change: { kind: 'rotate', role, replacement: { keys: [signer.key], threshold: 1 } }, signers: [signer] };
}

async function newKey({ world, given, output }: Call, { folders, gun }: Trust, role: RoleName, secrets: Passphrases): Promise<LocalSigner> {
  const kind = role === 'root' ? 'root' : 'repository';
  const folder = keyFolder(folders.keys);
  const named = given.text('key');
  if (named !== undefined) return (await openLocalKey(world, await keyCalled(folder, named), secrets, kind)).signer;
  const signer = generateSigner('ed25519');
  const passphrase = await secrets.get({ key: kind, name: `new ${role} key`, fresh: true });
  const { path } = await folder.add(signer, passphrase, { create: 'refuse', label: `${role} ${gun}`.slice(0, 64) });
  output.say(`made a new key in ${path}`);
  return signer;
}
