// `root withdraw`: takes back the proposal that waits at the server, with the targets that were signed anew for it and with nothing else.
import { type BadDraft, type Proposal, PublishError } from '@countersign/client';
import { ROOT, TARGETS } from '@countersign/core';
import type { Trust } from '../compose/opened.ts';
import { withTrust } from '../compose/trust.ts';
import { confirm } from '../confirm.ts';
import { typedGun } from '../names.ts';
import { isBad, madeFor } from '../root-proposals.ts';
import type { Handler } from '../tree/spec.ts';

export const rootWithdraw: Handler = async (call) => {
  const { given, output, world } = call;
  const gun = typedGun(given.argument('gun'), call);
  return withTrust(call, gun, 'first-contact', async (trust) => {
    const { client, server } = trust;
    // The server's words: a draft that cannot be judged can be taken back all the same.
    const waiting = (await client.pending(gun)).filter(({ role }) => role === ROOT || role === TARGETS);
    const root = waiting.find(({ role }) => role === ROOT);
    if (root === undefined) throw new PublishError('no-draft', `no proposal for root of ${gun} waits for signatures at ${server.url.host}`);
    const alone = waiting.length === 1;
    const together = alone || (await isOneCeremony(trust));
    const gone = together ? waiting : [root];
    const words = gone.map(({ role, version }) => `${role} v${version}`);
    await confirm(world, given, `Take back ${words.join(' and ')} of ${gun}, and the signatures it has?`);
    for (const { role, signed } of gone) await client.withdraw(gun, role, signed);
    output.say(`withdrew ${words.join(', ')} of ${gun}`);
    const left = waiting.filter((one) => !gone.includes(one));
    for (const { role, version } of left)
      output.say(`${role} v${version} was not made for this root, and waits still: countersign sign ${gun} --pending shows it`);
    const factsOf = (drafts: typeof waiting) => drafts.map(({ role, version, signed }) => ({ role, version, signed }));
    return { facts: { gun, withdrawn: factsOf(gone), left: factsOf(left) }, text: root.signed };
  });
};

/** Whether the targets that wait were made for the root that waits; no where one of them cannot be judged. */
async function isOneCeremony({ client, gun }: Trust): Promise<boolean> {
  const judged = await client.proposals(gun);
  const [root, targets] = [ROOT, TARGETS].map((role) => judged.find((one) => one.role === role));
  return isGood(root) && isGood(targets) && madeFor(root, targets);
}

const isGood = (one: Proposal | BadDraft | undefined): one is Proposal => one !== undefined && !isBad(one);
