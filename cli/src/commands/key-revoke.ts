// `key revoke`: a key leaves every role of one repository in one publish, and what it had signed there is shown.
import type { KeyChange, KeyPlan } from '@countersign/client';
import { type RoleName, shortFingerprint } from '@countersign/core';
import { keyFolder } from '@countersign/signers';
import type { Trust } from '../compose/opened.ts';
import { withTrust } from '../compose/trust.ts';
import { confirm } from '../confirm.ts';
import { CommandError } from '../errors.ts';
import { namedFingerprint, namedSuccessor } from '../fleet/named-keys.ts';
import { openKeysFor } from '../fleet/open-keys.ts';
import { planRows, useFacts } from '../fleet/plan-text.ts';
import { sayLeft } from '../fleet/say-left.ts';
import { typedThresholds } from '../fleet/typed-thresholds.ts';
import { keyCalled, openForSigning } from '../local-keys.ts';
import { typedGun } from '../names.ts';
import type { Outcome } from '../output.ts';
import { secretsOf } from '../signing-keys.ts';
import { table } from '../table.ts';
import type { Call, Handler } from '../tree/spec.ts';

export const keyRevoke: Handler = async (call) => {
  const gun = typedGun(call.given.argument('gun'), call);
  return withTrust(call, gun, 'first-contact', (trust) => revokeIn(call, trust));
};

async function revokeIn(call: Call, trust: Trust): Promise<Outcome> {
  const { world, given, output } = call;
  const { gun, client, folders } = trust;
  const repository = await client.standing(gun);
  const top = Object.values(repository.roles).flatMap(({ keys }) => keys.map((fingerprint) => ({ fingerprint, name: undefined })));
  const known = [...(await repository.delegations()).flatMap(({ holders }) => holders), ...top];
  const old = await namedFingerprint(folders, given.argument('key'), known);
  const to = given.text('to');
  const next = to === undefined ? undefined : await namedSuccessor(folders, to, old);
  const root = given.flag('include-root') ? 'include' : 'leave';
  const thresholds = typedThresholds(given, next);
  const change: KeyChange = next === undefined ? { kind: 'revoke-key', old, root, thresholds } : { kind: 'replace-key', old, root, next };
  const plan = await client.planKey(gun, change);
  if (plan.uses.length === 0) throw new CommandError('not-here', `${gun} trusts no key ${shortFingerprint(old)}`);
  const exchange = { key: old, next: next?.fingerprint, is: 'changed' as const };
  const shown = planRows([{ gun, ...plan, refused: undefined }], exchange);
  if (given.flag('dry-run')) return { facts: { gun, key: old, ...planned(plan) }, text: shown };
  if (plan.touched.length === 0) throw leftOver(call, plan, new Map());
  if (!given.flag('yes')) output.say(shown);
  await confirm(world, given, `Take ${shortFingerprint(old)} away?`);
  const secrets = secretsOf(call);
  const successor =
    next === undefined ? [] : [await openForSigning(world, await keyCalled(keyFolder(folders.keys), next.keyid), secrets, 'repository')];
  const signers = await openKeysFor([plan], { folders, open: successor, secrets, world });
  output.progress(`publishing to ${gun}`);
  const { versions, key = plan } = await client.publish(gun, change, signers);
  output.say(`took ${shortFingerprint(old)} away: ${[...versions].map(([role, version]) => `${role} v${version}`).join(' ')}`);
  if (key.left.length > 0) throw leftOver(call, key, versions);
  const entries = entriesOf(key);
  output.say(
    entries.length === 0
      ? 'it had signed nothing that stands'
      : 'it had signed, and it stands: look at each, deny what nobody of yours built',
  );
  return { facts: { gun, key: old, versions: Object.fromEntries(versions), ...planned(key) }, text: table(entries) };
}

const planned = ({ uses, touched, lowered, left }: KeyPlan) => ({
  uses: uses.map(useFacts),
  touched: touched.map(({ role, version }) => ({ role, version })),
  lowered,
  left: left.map(({ role, by }) => ({ role, by })),
});

const entriesOf = ({ uses }: KeyPlan): readonly (readonly string[])[] =>
  uses.flatMap(({ role, entries }) => entries.map(({ path, digest }) => [role, path, digest ?? '']));

function leftOver({ given, output }: Call, plan: KeyPlan, versions: ReadonlyMap<RoleName, number>): CommandError {
  const gun = given.argument('gun');
  sayLeft(output, [], [{ gun, left: plan.left.map(({ role, by }) => `${role} in ${by}`) }]);
  for (const row of entriesOf(plan)) output.say(`it had signed: ${row.join(' ')}`);
  const done = versions.size === 0 ? 'nothing was changed' : 'the rest was changed';
  return new CommandError('incomplete', `the root of ${gun.slice(0, 255)} still names the key; ${done}`, {
    details: { gun, versions: Object.fromEntries(versions), ...planned(plan) },
  });
}
