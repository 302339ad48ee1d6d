// `root withdraw`: takes back the proposal that waits at the server, with the targets that went with it.
import { PublishError } from '@countersign/client';
import { ROOT, TARGETS } from '@countersign/core';
import { withTrust } from '../compose/trust.ts';
import { confirm } from '../confirm.ts';
import { typedGun } from '../names.ts';
import type { Handler } from '../tree/spec.ts';

export const rootWithdraw: Handler = async (call) => {
  const { given, output, world } = call;
  const gun = typedGun(given.argument('gun'));
  return withTrust(call, gun, 'first-contact', async ({ client, server }) => {
    const waiting = await client.pending(gun);
    const root = waiting.find(({ role }) => role === ROOT);
    if (root === undefined) throw new PublishError('no-draft', `no proposal for root of ${gun} waits for signatures at ${server.url.host}`);
    const gone = waiting.filter(({ role }) => role === ROOT || role === TARGETS);
    await confirm(
      world,
      given,
      `Take back ${gone.map(({ role, version }) => `${role} v${version}`).join(' and ')} of ${gun}, and the signatures it has?`,
    );
    for (const { role, signed } of gone) await client.withdraw(gun, role, signed);
    output.say(`withdrew ${gone.map(({ role, version }) => `${role} v${version}`).join(', ')} of ${gun}`);
    return { facts: { gun, withdrawn: gone.map(({ role, version, signed }) => ({ role, version, signed })) }, text: root.signed };
  });
};
