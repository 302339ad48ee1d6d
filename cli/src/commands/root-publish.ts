// `root publish`: the end of a ceremony, once enough of the old and of the new keys have signed.
import { pinnedText } from '@countersign/client';
import { withTrust } from '../compose/trust.ts';
import { typedGun } from '../names.ts';
import { draftsOf, foundProposals } from '../root-proposals.ts';
import { proposalFacts, proposalLines } from '../root-words.ts';
import type { Handler } from '../tree/spec.ts';

export const rootPublish: Handler = async (call) => {
  const { given, output } = call;
  const gun = typedGun(given.argument('gun'), call);
  return withTrust(call, gun, 'first-contact', async (trust) => {
    const found = await foundProposals(call, trust);
    for (const { proposal } of found) output.say(proposalLines(proposal).join('\n'));
    const published = await trust.client.publishDrafts(gun, draftsOf(found));
    const pin = pinnedText({ pin: published.pin, minimum: {} });
    output.say(`published ${[...published.versions].map(([role, version]) => `${role} v${version}`).join(', ')} of ${gun}`);
    output.say('Consumers follow by themselves, and the first pin stays good.');
    const proposals = found.map(({ proposal }) => proposalFacts(proposal));
    return { facts: { gun, versions: Object.fromEntries(published.versions), pin, proposals }, text: pin };
  });
};
