// `renew`: a fresh expiry for every role that the keys of this machine can sign. Nothing else in the repository changes.
import { parseOwnRoleName, parseRoleName, type RoleName, type Signer, shortFingerprint } from '@countersign/core';
import { withTrust } from '../compose/trust.ts';
import { CommandError } from '../errors.ts';
import { typed } from '../given.ts';
import { typedGun } from '../names.ts';
import { type Deadline, deadlinesOf, sayDue, signersHere } from '../renewals.ts';
import { secretsOf } from '../signing-keys.ts';
import { table } from '../table.ts';
import type { Call, Handler } from '../tree/spec.ts';

export const renewCommand: Handler = async (call) => {
  const gun = typedGun(call.given.argument('gun'));
  const only = new Set(call.given.texts('role').map(typedRole));
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
    if (renewed.length === 0) throw nothingHere(wanted, trust.folders.keys);
    call.output.progress(`publishing to ${gun}`);
    const published = await trust.client.publish(gun, { kind: 'renew', renew: renewed.map(({ role }) => role) }, signers);
    const rows = renewed.map(({ role }) => [role, `v${published.versions.get(role) ?? '?'}`]);
    call.output.say(`renewed ${renewed.map(({ role }) => role).join(', ')} of ${gun}`);
    const others = all.filter((one) => !renewed.includes(one));
    for (const { role, keys } of others)
      call.output.say(`not ${role}: its keys ${keys.map(shortFingerprint).join(', ')} are not all here, or it was not asked for`);
    sayDue(call.output, trust, others, call.world.now());
    return { facts: { gun, renewed: Object.fromEntries(published.versions), left: others.map(({ role }) => role) }, text: table(rows) };
  });
};

const typedRole = (text: string): RoleName =>
  typed('--role', () => (text === 'root' || text === 'targets' ? parseRoleName(text) : parseOwnRoleName(text)));

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
