// `renew`: a fresh expiry for every role that the keys of this machine can sign. Nothing else in the repository changes.
import { type Dialect, type Gun, parseRoleName, ROOT, type RoleName, type Signer, shortFingerprint } from '@countersign/core';
import type { Trust } from '../compose/opened.ts';
import { withTrust } from '../compose/trust.ts';
import { DIALECTS, dialectOf } from '../dialect.ts';
import { CommandError } from '../errors.ts';
import { typed } from '../given.ts';
import { typedGun } from '../names.ts';
import type { Outcome } from '../output.ts';
import type { Passphrases } from '../passphrase.ts';
import { type Deadline, deadlinesOf, sayDue, signersHere } from '../renewals.ts';
import { signTogether, waitingText } from '../sign-together.ts';
import { keysHere, openSignersFor, secretsOf } from '../signing-keys.ts';
import { table } from '../table.ts';
import type { Call, Handler } from '../tree/spec.ts';

export const renewCommand: Handler = async (call) => {
  const gun = typedGun(call.given.argument('gun'), call);
  const only = new Set(call.given.texts('role').map((role) => typedRole(role, DIALECTS[dialectOf(call, gun)])));
  return withTrust(call, gun, 'first-contact', async (trust) => {
    const all = await deadlinesOf(await trust.client.standing(gun));
    const wanted = all.filter(({ role }) => only.size === 0 || only.has(role));
    for (const role of only) if (!all.some((one) => one.role === role)) throw notThere(call, role, all);
    const secrets = secretsOf(call);
    const signers: Signer[] = [];
    const renewed: Deadline[] = [];
    for (const deadline of wanted) {
      const here = await signersHere(call, trust, deadline, signers, secrets);
      if (here === undefined) continue;
      signers.push(...here);
      renewed.push(deadline);
    }
    // A half that nobody asked for by name would only stand in the way of what others sign.
    const halves =
      only.size === 0
        ? []
        : await signHalves(
            call,
            trust,
            wanted.filter((one) => !renewed.includes(one)),
            secrets,
          );
    if (renewed.length === 0 && halves.length > 0) return halvesOutcome(gun, halves);
    if (renewed.length === 0) throw nothingHere(wanted, trust.folders.keys);
    call.output.progress(`publishing to ${gun}`);
    const published = await trust.client.publish(gun, { kind: 'renew', renew: renewed.map(({ role }) => role) }, signers);
    const rows = renewed.map(({ role }) => [role, `v${published.versions.get(role) ?? '?'}`]);
    call.output.say(`renewed ${renewed.map(({ role }) => role).join(', ')} of ${gun}`);
    const others = all.filter((one) => !renewed.includes(one));
    for (const { role, keys } of others) {
      const why = wanted.some((one) => one.role === role)
        ? `too few of its keys ${keys.map(shortFingerprint).join(', ')} are here`
        : 'it was not asked for';
      call.output.say(`not ${role}: ${why}`);
    }
    sayDue(call.output, trust, others, call.world.now());
    return { facts: { gun, renewed: Object.fromEntries(published.versions), left: others.map(({ role }) => role) }, text: table(rows) };
  });
};

interface Half {
  readonly role: RoleName;
  readonly version: number;
  readonly published: boolean;
}

/** Roles of which some keys are here and not enough: what is signed waits for the others. A root is signed in a ceremony. */
async function signHalves(call: Call, trust: Trust, wanted: readonly Deadline[], secrets: Passphrases): Promise<readonly Half[]> {
  const halves: Half[] = [];
  for (const deadline of wanted.filter(({ role }) => role !== ROOT)) {
    const here = await keysHere(trust.folders, deadline);
    if (here.length === 0) continue;
    const signers = await openSignersFor(call, trust.folders, { ...deadline, threshold: here.length }, secrets);
    const { proposal, published } = await signTogether(call, trust, deadline.role, signers, new Map());
    const { role, version } = proposal;
    const what = `${role} v${version} of ${trust.gun}`;
    call.output.say(published === undefined ? `${what} waits: ${waitingText(proposal, deadline.holders)}` : `renewed ${what}`);
    halves.push({ role, version, published: published !== undefined });
  }
  return halves;
}

function halvesOutcome(gun: Gun, halves: readonly Half[]): Outcome {
  const done = halves.filter(({ published }) => published);
  const renewed = Object.fromEntries(done.map(({ role, version }) => [role, version]));
  const pending = halves.filter(({ published }) => !published).map(({ role }) => role);
  return { facts: { gun, renewed, pending }, text: table(done.map(({ role, version }) => [role, `v${version}`])) };
}

const typedRole = (text: string, dialect: Dialect): RoleName =>
  typed('--role', () => (text === 'root' || text === 'targets' ? parseRoleName(text) : dialect.roleCalled(text)));

function notThere(call: Call, role: RoleName, all: readonly Deadline[]): CommandError {
  const gun = call.given.argument('gun');
  return new CommandError('not-here', `${gun} has no role ${role} that people sign, it has ${all.map((one) => one.role).join(', ')}`);
}

function nothingHere(wanted: readonly Deadline[], folder: string): CommandError {
  const roles = wanted.map(({ role, threshold, keys }) => `${role} (${threshold} of ${keys.map(shortFingerprint).join(', ')})`);
  return new CommandError('no-key', `no role can be renewed with the keys that are here; wanted for ${roles.join('; ').slice(0, 400)}`, {
    details: { roles: wanted.map(({ role, threshold, keys }) => ({ role, threshold, keys })), folder },
  });
}
