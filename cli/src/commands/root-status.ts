// `root status`: who holds root and targets, what a lost key would cost, and what waits for signatures.
import { type BadDraft, type Proposal, type RoleFacts, ServerError } from '@countersign/client';
import { formatInstant, ROOT, TARGETS } from '@countersign/core';
import { keyFolder } from '@countersign/signers';
import type { Trust } from '../compose/opened.ts';
import { withTrust } from '../compose/trust.ts';
import { keyName } from '../local-keys.ts';
import { typedGun } from '../names.ts';
import { isBad } from '../root-proposals.ts';
import { lossWords, proposalFacts, proposalLines, signedLines } from '../root-words.ts';
import type { Handler } from '../tree/spec.ts';

export const rootStatus: Handler = async (call) => {
  const gun = typedGun(call.given.argument('gun'), call);
  return withTrust(call, gun, 'first-contact', async (trust) => {
    const { roles } = await trust.client.standing(gun);
    const waiting = await waitingFor(trust);
    const here = new Map((await keyFolder(trust.folders.keys).list()).keys.map((entry) => [entry.key.fingerprint, keyName(entry)]));
    const lines = [roles.root, roles.targets].flatMap((role) => roleLines(role, here));
    const seen = (waiting ?? []).flatMap((one) =>
      isBad(one) ? [`${one.role}, proposed, must not be signed: ${one.problem.message}`] : [...proposalLines(one), ...signedLines(one)],
    );
    const rest =
      waiting === undefined
        ? ['what waits for signatures is shown to those who may push']
        : seen.length === 0
          ? ['nothing waits for signatures']
          : seen;
    const facts = {
      gun,
      root: roleFacts(roles.root),
      targets: roleFacts(roles.targets),
      waiting:
        waiting?.map((one) =>
          isBad(one) ? { role: one.role, code: one.problem.code, problem: one.problem.message } : proposalFacts(one),
        ) ?? null,
    };
    return { facts, text: [...lines, ...rest].join('\n') };
  });
};

/** Undefined for somebody who may not see it. */
async function waitingFor({ client, gun }: Trust): Promise<readonly (Proposal | BadDraft)[] | undefined> {
  try {
    return (await client.proposals(gun)).filter(({ role }) => role === ROOT || role === TARGETS);
  } catch (error) {
    if (error instanceof ServerError && (error.code === 'auth' || error.code === 'offline')) return undefined;
    throw error;
  }
}

const roleLines = (role: RoleFacts, here: ReadonlyMap<string, string>): readonly string[] => [
  `${role.role} v${role.version}, expires ${formatInstant(role.expires)}`,
  `  ${lossWords(role)}`,
  ...role.keys.map((key) => `  key ${key}${here.has(key) ? `  here: ${here.get(key)}` : ''}`),
];

const roleFacts = ({ role, version, expires, threshold, keys }: RoleFacts) => ({
  role,
  version,
  expires: formatInstant(expires),
  threshold,
  keys,
  mayLose: keys.length - threshold,
});
