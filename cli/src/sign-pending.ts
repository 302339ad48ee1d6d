// `sign GUN --pending`: what others have drafted and signed is shown, and signed along or taken back. Never without a yes: whoever did
// not say what to sign has to have seen it.
import { type Holder, type Proposal, PublishError, type TrustedRepository } from '@countersign/client';
import { type Fingerprint, formatInstant, ROOT, type RoleName, type Signer, TARGETS } from '@countersign/core';
import type { Trust } from './compose/opened.ts';
import { withTrust } from './compose/trust.ts';
import { confirm } from './confirm.ts';
import { draftWords } from './draft-words.ts';
import { CommandError, UsageError } from './errors.ts';
import { typedGun } from './names.ts';
import type { Outcome } from './output.ts';
import { changesTargets } from './root-proposals.ts';
import { addSignatures, hasSigned, isBad, missingIn, type Together, waitingText } from './sign-together.ts';
import { allKeysHere, openNamed, openSignersFor, secretsOf, signersOf } from './signing-keys.ts';
import type { Call } from './tree/spec.ts';
import { refuseUnvouched } from './vouched.ts';

export async function signPending(call: Call): Promise<Outcome> {
  const { given } = call;
  for (const option of ['file', 'digest', 'length', 'custom']) {
    if (given.text(option) !== undefined)
      throw new UsageError('bad-arguments', `--pending signs what waits, and --${option} says something else`);
  }
  const gun = typedGun(given.argument('name'), call);
  return withTrust(call, gun, 'first-contact', async (trust) => {
    const repository = await trust.client.standing(gun);
    const waiting = await waitingDrafts(call, trust, given.text('as'));
    if (given.flag('withdraw')) return takeBack(call, trust, repository, waiting);
    const done: Together[] = [];
    for (const proposal of waiting) done.push(await signOne(call, trust, repository, proposal));
    const facts = await Promise.all(
      done.map(async (one) => ({ ...(await draftFacts(one.proposal, repository)), published: one.published !== undefined })),
    );
    return {
      facts: { gun, drafts: facts },
      text: done
        .flatMap(({ published, proposal }) => (published === undefined ? [] : [`${proposal.role} v${proposal.version}`]))
        .join('\n'),
    };
  });
}

/** Throws CommandError `not-here` when nothing waits, and what is wrong with the only draft there is. */
async function waitingDrafts({ output }: Call, { client, gun }: Trust, as: string | undefined): Promise<readonly Proposal[]> {
  const all = (await client.proposals(gun)).filter(({ role }) => as === undefined || String(role) === as);
  const good = all.filter((one) => !isBad(one));
  for (const one of all) if (isBad(one)) output.say(`${one.role}: this draft is not signed: ${one.problem.message}`);
  // A root, and targets that get other keys by it, are one ceremony.
  const root = good.find(({ role }) => role === ROOT);
  const ceremony = new Set<RoleName>(root === undefined || isBad(root) ? [] : changesTargets(root) ? [ROOT, TARGETS] : [ROOT]);
  if (ceremony.size > 0) output.say(`a root of ${gun} waits too: countersign root status ${gun}`);
  const drafts = good.flatMap((one) => (isBad(one) || ceremony.has(one.role) ? [] : [one]));
  const [bad] = all.filter(isBad);
  if (drafts.length === 0 && bad !== undefined) throw bad.problem;
  if (drafts.length === 0)
    throw new CommandError('not-here', `nothing of ${gun} waits for signatures`, { next: `countersign inspect ${gun} shows what stands` });
  return drafts;
}

async function signOne(call: Call, trust: Trust, repository: TrustedRepository, proposal: Proposal): Promise<Together> {
  const holders = await holdersIn(repository, proposal.role);
  if (proposal.objection !== undefined) {
    show(call, proposal, holders);
    throw proposal.objection;
  }
  const signers = await signersFor(call, trust, repository, proposal, holders);
  show(call, proposal, holders);
  refuseUnvouched(call.given, proposal, (await signersOf(repository, proposal.role)).keys);
  await confirm(call.world, call.given, `Sign ${proposal.role} v${proposal.version} of ${trust.gun}?`);
  const done = await addSignatures(trust, proposal, signers);
  const what = `${proposal.role} v${proposal.version} of ${trust.gun}`;
  call.output.say(done.published === undefined ? `${what} waits: ${waitingText(done.proposal, holders)}` : `published ${what}`);
  return done;
}

/** The keys of this machine that may still sign it. Throws CommandError `no-key`, with who may, and PublishError `missing-keys` where it waits for others alone. */
async function signersFor(
  call: Call,
  { folders, gun }: Trust,
  repository: TrustedRepository,
  proposal: Proposal,
  holders: readonly Holder[],
): Promise<readonly Signer[]> {
  const missing = new Set<Fingerprint>(missingIn(proposal));
  const secrets = secretsOf(call);
  const words = call.given.texts('key');
  const wanted = await signersOf(repository, proposal.role);
  const keys = words.length > 0 ? [] : (await allKeysHere(folders)).filter((key) => missing.has(key));
  if (words.length > 0) return openNamed(call, folders, words, 'repository', secrets);
  if (proposal.complete) return [];
  if (keys.length > 0) return openSignersFor(call, folders, { ...wanted, keys, threshold: keys.length }, secrets);
  const mine = (await allKeysHere(folders)).filter((key) => hasSigned(proposal, key));
  const said = `${proposal.role} v${proposal.version} of ${gun}: ${waitingText(proposal, holders)}`;
  if (mine.length === 0) throw new CommandError('no-key', `${said}; none of its keys is here`);
  throw new PublishError('missing-keys', `${said}; the keys that are here have signed it`, {
    details: { role: proposal.role, missing: missingIn(proposal) },
  });
}

function show({ output }: Call, proposal: Proposal, holders: readonly Holder[]): void {
  output.say(`${proposal.role} v${proposal.version} of ${proposal.gun}, ${waitingText(proposal, holders)}`);
  for (const line of draftWords(proposal) ?? []) output.say(line);
}

async function takeBack(call: Call, { client, gun }: Trust, repository: TrustedRepository, waiting: readonly Proposal[]): Promise<Outcome> {
  for (const proposal of waiting) {
    show(call, proposal, await holdersIn(repository, proposal.role));
    await confirm(call.world, call.given, `Take ${proposal.role} v${proposal.version} of ${gun} back, with the signatures it has?`);
    await client.withdraw(gun, proposal.role, proposal.signed);
    call.output.say(`took back ${proposal.role} v${proposal.version} of ${gun}`);
  }
  const roles = waiting.map(({ role }) => role);
  return { facts: { gun, withdrawn: roles }, text: roles.join('\n') };
}

async function holdersIn(repository: TrustedRepository, role: RoleName): Promise<readonly Holder[]> {
  return (await repository.delegations()).find((one) => one.role === role)?.holders ?? [];
}

/** A draft for programs. */
export async function draftFacts(proposal: Proposal, repository: TrustedRepository): Promise<object> {
  const holders = await holdersIn(repository, proposal.role);
  const named = (keys: readonly Fingerprint[]): readonly object[] =>
    keys.map((fingerprint) => holders.find((one) => one.fingerprint === fingerprint) ?? { fingerprint });
  const { role, version, signed, difference, objection, needed } = proposal;
  const targets = difference.kind === 'targets' ? difference : undefined;
  return {
    role,
    version,
    signed,
    expires: targets && formatInstant(targets.expires.after),
    changes: draftWords(proposal)?.map((line) => line.trim()),
    entries: targets?.entries.map(({ path, before, after }) => ({
      name: path,
      before: before && Object.fromEntries(before.hashes),
      after: after && Object.fromEntries(after.hashes),
    })),
    objection: objection && { code: objection.code, message: objection.message },
    threshold: needed[0]?.threshold,
    signedBy: named([...new Set(needed.flatMap((one) => one.signed))]),
    missing: named(missingIn(proposal)),
  };
}
