// `root propose`: other keys, another threshold or another expiry, drafted, signed with what is here, and left for the others.
import type { Proposal } from '@countersign/client';
import { type Gun, ROOT, TARGETS } from '@countersign/core';
import type { Trust } from '../compose/opened.ts';
import { withTrust } from '../compose/trust.ts';
import { CommandError } from '../errors.ts';
import { typedGun } from '../names.ts';
import { givenPath } from '../read-file.ts';
import { typedChange } from '../root-change.ts';
import { ceremonySigners } from '../root-signers.ts';
import { proposalFacts, proposalLines, signedLines, warnings } from '../root-words.ts';
import { isOtherDraft } from '../sign-together.ts';
import { secretsOf } from '../signing-keys.ts';
import type { Call, Handler } from '../tree/spec.ts';
import { writeNewFile } from '../write-file.ts';

export const rootPropose: Handler = async (call) => {
  const { given, output } = call;
  const gun = typedGun(given.argument('gun'), call);
  return withTrust(call, gun, 'first-contact', async (trust) => {
    const repository = await trust.client.standing(gun);
    const change = await typedChange(call, repository);
    const brought = change.roles.flatMap(({ keys }) => keys.map((key) => (typeof key === 'string' ? key : key.fingerprint)));
    const signers = await ceremonySigners(call, trust, [...new Set([...repository.roles.root.keys, ...brought])], 'root', secretsOf(call));
    const proposals = await trust.client.propose(gun, change, signers);
    for (const proposal of proposals) {
      output.say([...proposalLines(proposal), ...signedLines(proposal)].join('\n'));
      for (const warning of warnings(proposal)) output.say(warning);
    }
    const written = given.text('to') === undefined ? await offerAll(call, trust, proposals) : await writeAll(call, proposals);
    const [root] = proposals;
    const facts = { gun, proposals: proposals.map(proposalFacts), ...written };
    return { facts, text: root === undefined ? '' : root.signed };
  });
};

async function offerAll({ output }: Call, { client, gun, server }: Trust, proposals: readonly Proposal[]): Promise<object> {
  const root = proposals.find(({ role }) => role === ROOT);
  if (root?.needed.every(({ signed }) => signed.length === 0)) {
    throw new CommandError(
      'no-key',
      `no key of this machine may sign ${root.role} v${root.version}, and the server keeps nothing unsigned`,
      {
        next: 'give --to FILE, and send the file to somebody who may sign it',
      },
    );
  }
  for (const proposal of proposals) {
    if (proposal.needed.every(({ signed }) => signed.length === 0)) {
      output.say(`${TARGETS} v${proposal.version} must be signed anew by its new keys: countersign root sign ${gun} does so`);
    } else await client.offer(gun, { name: proposal.role, bytes: proposal.bytes }).catch((error: unknown) => throwOther(error, gun));
  }
  const complete = proposals.every((proposal) => proposal.complete);
  output.say(`waits at ${server.url.host} for 14 days; next: countersign root ${complete ? 'publish' : 'sign'} ${gun}`);
  return { waits: true };
}

/** The root under the name that was given, and targets beside it. */
async function writeAll({ world, given, output }: Call, proposals: readonly Proposal[]): Promise<object> {
  const to = givenPath(world, given.text('to') ?? '');
  const files: string[] = [];
  for (const { role, bytes } of proposals) {
    const path = role === ROOT ? to : to.replace(/(\.[^./\\]+)?$/, `.${role}$1`);
    await writeNewFile(path, bytes, { mode: 0o644 });
    output.say(`wrote ${role} to ${path}`);
    files.push(path);
  }
  return { files };
}

/** One at a time: which one waits decides what is done about it. */
function throwOther(error: unknown, gun: Gun): never {
  if (!isOtherDraft(error)) throw error;
  throw new CommandError('other-draft', error.message, {
    cause: error,
    next: `countersign root status ${gun} shows what waits: sign that one, or countersign root withdraw ${gun}`,
  });
}
