// What waits for signatures in a repository, beside what stands: who has signed, and who is missing.
import { type Proposal, ServerError, type TrustedRepository } from '@countersign/client';
import type { Trust } from './compose/opened.ts';
import { draftWords } from './draft-words.ts';
import type { Output } from './output.ts';
import { draftFacts } from './sign-pending.ts';
import { isBad, waitingText } from './sign-together.ts';

export interface WaitingDrafts {
  readonly facts: readonly object[];
  readonly lines: readonly string[];
}

/** Nothing where the server cannot be asked: what stands is none the less true. */
export async function waitingDrafts(output: Output, { client, gun }: Trust, repository: TrustedRepository): Promise<WaitingDrafts> {
  try {
    // The list alone is believed in nothing, and saves the drafts where there is none.
    if ((await client.pending(gun)).length === 0) return { facts: [], lines: [] };
    const all = await client.proposals(gun);
    for (const one of all) if (isBad(one)) output.say(`${one.role}: a draft of it waits that nobody can sign: ${one.problem.message}`);
    const good = all.flatMap((one) => (isBad(one) ? [] : [one]));
    if (good.length === 0) return { facts: [], lines: [] };
    const delegations = await repository.delegations();
    const linesOf = (proposal: Proposal): readonly string[] => {
      const holders = delegations.find(({ role }) => role === proposal.role)?.holders ?? [];
      return [
        `  ${proposal.role} v${proposal.version}: ${waitingText(proposal, holders)}`,
        ...(draftWords(proposal) ?? []).slice(0, -1),
        ...(proposal.objection === undefined ? [] : [`  nobody can sign it: ${proposal.objection.message}`]),
      ];
    };
    const facts: object[] = [];
    for (const one of good) facts.push(await draftFacts(one, repository));
    return { facts, lines: ['', 'waits for signatures', ...good.flatMap(linesOf)] };
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    if (error.code !== 'offline') output.say(`what waits for signatures could not be asked: ${error.message}`);
    return { facts: [], lines: [] };
  }
}
