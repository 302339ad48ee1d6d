// `root sign`: shows what a proposal changes, asks, and signs it.
import { type Proposal, PublishError } from '@countersign/client';
import { type Fingerprint, ROOT, type Signer, shortFingerprint } from '@countersign/core';
import type { Trust } from '../compose/opened.ts';
import { withTrust } from '../compose/trust.ts';
import { confirm } from '../confirm.ts';
import { CommandError, UsageError } from '../errors.ts';
import { typedGun } from '../names.ts';
import type { Outcome } from '../output.ts';
import { givenPath } from '../read-file.ts';
import { type Found, foundProposals } from '../root-proposals.ts';
import { ceremonySigners, namedIn } from '../root-signers.ts';
import { proposalFacts, proposalLines, signedLines, warnings } from '../root-words.ts';
import { hasSigned } from '../sign-together.ts';
import { allKeysHere, secretsOf } from '../signing-keys.ts';
import type { Call, Handler } from '../tree/spec.ts';
import { refuseUnvouched } from '../vouched.ts';
import { replaceFile, writeNewFile } from '../write-file.ts';

export const rootSign: Handler = async (call) => {
  const { given, output, world } = call;
  const gun = typedGun(given.argument('gun'), call);
  if (given.text('to') !== undefined && given.texts('file').length !== 1)
    throw new UsageError('bad-arguments', '--to: wanted one --file to sign, and where to write it');
  return withTrust(call, gun, 'first-contact', async (trust) => {
    const found = await foundProposals(call, trust);
    for (const { proposal } of found) {
      output.say([...proposalLines(proposal), ...signedLines(proposal)].join('\n'));
      for (const warning of warnings(proposal)) output.say(warning);
    }
    // The first threshold is that of the keys that stand, or that the root above gives to targets.
    for (const { proposal, files } of found) if (files.length === 0) refuseUnvouched(given, proposal, proposal.needed[0]?.keys ?? []);
    const coming = newTargetsKeys(found);
    const keys = [...new Set([...namedIn(found.map(({ proposal }) => proposal)), ...coming])];
    const secrets = secretsOf(call);
    await confirm(world, given, `Sign this for ${gun}?`);
    const signers = await ceremonySigners(call, trust, keys, 'root', secrets);
    if (signers.length === 0) return signedBefore(call, trust, found, keys);
    const signed = await signFound(found, signers, trust);
    const added = coming.length === 0 ? undefined : await targetsToo(signed, signers, trust);
    const all = [...signed, ...(added === undefined ? [] : [added])];
    const kept = await keepAll(call, trust, all);
    const complete = all.every(({ proposal }) => proposal.complete) && (coming.length === 0 || all.length > 1);
    for (const { proposal } of all) output.say(signedLines(proposal).join('\n'));
    output.say(complete ? `next: countersign root publish ${gun}${fileWords(kept)}` : 'the others must sign too');
    return {
      facts: { gun, proposals: all.map(({ proposal }) => proposalFacts(proposal)), complete, ...kept },
      text: all[0]?.proposal.signed ?? '',
    };
  });
};

/** The keys that a proposed root gives to targets, where no proposal of targets is there to sign yet. */
function newTargetsKeys(found: readonly Found[]): readonly Fingerprint[] {
  const root = found.find(({ proposal }) => proposal.role === ROOT)?.proposal.difference;
  if (found.length > 1 || root?.kind !== 'root') return [];
  return root.roles.find(({ role }) => role === 'targets')?.after.keys ?? [];
}

async function signFound(found: readonly Found[], signers: readonly Signer[], { client }: Trust): Promise<readonly Found[]> {
  const signed: Found[] = [];
  for (const { proposal, files } of found) {
    const mine = signers.filter(({ key }) => namedIn([proposal]).includes(key.fingerprint));
    signed.push({ proposal: mine.length === 0 ? proposal : await client.endorse(proposal, mine), files });
  }
  return signed;
}

async function targetsToo(signed: readonly Found[], signers: readonly Signer[], { client }: Trust): Promise<Found | undefined> {
  const root = signed.find(({ proposal }) => proposal.role === ROOT);
  const targets = root && (await client.targetsUnder(root.proposal, signers));
  if (root === undefined || targets === undefined) return undefined;
  return { proposal: targets, files: root.files.slice(0, 1).map((name) => name.replace(/(\.[^./\\]+)?$/, '.targets$1')) };
}

/** Back to where they came from: to the server, or into files. */
async function keepAll(
  { world, given, output }: Call,
  { client, gun }: Trust,
  found: readonly Found[],
): Promise<{ readonly files?: readonly string[] }> {
  const files: string[] = [];
  for (const { proposal, files: sources } of found) {
    const [name] = sources;
    if (name === undefined) await client.offer(gun, { name: proposal.role, bytes: proposal.bytes });
    else files.push(await keepFile(proposal, name));
  }
  return files.length === 0 ? {} : { files };

  async function keepFile({ role, bytes }: Proposal, name: string): Promise<string> {
    const to = role === ROOT ? given.text('to') : undefined;
    const path = givenPath(world, to ?? name);
    if (to === undefined) await replaceFile(path, bytes);
    else await writeNewFile(path, bytes, { mode: 0o644 });
    output.say(`wrote ${path}`);
    return path;
  }
}

/** The same command twice is no mistake where everybody has signed. Throws CommandError `no-key` where none of the keys is here. */
async function signedBefore(call: Call, { gun, folders }: Trust, found: readonly Found[], keys: readonly Fingerprint[]): Promise<Outcome> {
  const proposals = found.map(({ proposal }) => proposal);
  const here = await allKeysHere(folders);
  if (!proposals.some((proposal) => here.some((key) => hasSigned(proposal, key)))) throw noneHere(gun, keys);
  if (!proposals.every(({ complete }) => complete)) {
    const text = `the keys of this machine have signed this proposal for ${gun}, which waits for ${keys.map(shortFingerprint).join(', ')}`;
    throw new PublishError('missing-keys', text, { details: { role: ROOT, missing: keys } });
  }
  const files = found.flatMap((one) => one.files);
  call.output.say(`the keys of this machine have signed it; next: countersign root publish ${gun}${fileWords({ files })}`);
  return { facts: { gun, proposals: proposals.map(proposalFacts), complete: true }, text: proposals[0]?.signed ?? '' };
}

const fileWords = ({ files = [] }: { readonly files?: readonly string[] }): string => files.map((path) => ` --file ${path}`).join('');

const noneHere = (gun: string, keys: readonly Fingerprint[]): CommandError =>
  new CommandError(
    'no-key',
    `no key of this machine may sign this proposal for ${gun}, which is for ${keys.map(shortFingerprint).join(', ')}`,
  );
