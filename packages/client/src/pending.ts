// Signing together: half of a change is drafted here, waits at the server or travels as a file, is judged and signed elsewhere, and is
// published by whoever finds every threshold met.
import {
  type Digest,
  draftEntries,
  draftFor,
  expiryAfter,
  FormatError,
  type Gun,
  ROOT,
  type RoleName,
  type Sealed,
  type Signer,
  seal,
  shortFingerprint,
  TARGETS,
  TrustError,
} from '@countersign/core';
import type { LaterChange, Published } from './change.ts';
import { checkDrafts } from './check-draft.ts';
import { conventionsOf } from './dialects/conventions-of.ts';
import type { Drafts } from './drafts.ts';
import { refuseHidden } from './entry-checks.ts';
import { PublishError, ServerError } from './errors.ts';
import { NO_PENDING_SERVER } from './no-pending-server.ts';
import { PEOPLES_ROLES } from './overdue.ts';
import type { PendingDraft } from './pending-server.ts';
import { overdueFor, planChange } from './plan-change.ts';
import { changedIn, judgeDraft, type Proposal, proposalOf } from './proposal.ts';
import { published } from './publish.ts';
import { type Refreshed, refreshRepository } from './refresh-repository.ts';
import { halfSigned, rootSignatories, type Step } from './sign-draft.ts';
import { requireTargetsUnder } from './targets-under.ts';
import { refused, verifiedFile } from './upload.ts';
import type { World } from './world.ts';

/** Drafts a change and signs what the signers at hand can sign; nothing is sent. Throws like `publish`, but for missing keys. */
export async function draftChange(gun: Gun, change: LaterChange, signers: readonly Signer[], world: World): Promise<readonly Proposal[]> {
  const conventions = conventionsOf(world.dialect);
  const spelled = await conventions.spell(change, { gun, signers }, gun, world);
  const repository = await refreshRepository(gun, world, overdueFor(spelled, world.dialect));
  if (spelled.kind === 'entries') await refuseHidden(spelled.as ?? repository.env.dialect.releases, spelled.entries, repository);
  const { steps } = await planChange(spelled, repository, world);
  return draftSteps(steps, repository, signers);
}

/** The same for steps that were planned. What is drafted is judged as the other signers will judge it. */
async function draftSteps(steps: readonly Step[], repository: Refreshed, signers: readonly Signer[]): Promise<readonly Proposal[]> {
  const drafts = new Map<RoleName, readonly Uint8Array[]>();
  for (const { draft, needed } of steps) {
    const { bytes } = await halfSigned(draftFor(draft, repository.gun, repository.env), needed, signers, repository.env);
    drafts.set(draft.name, [bytes]);
  }
  return judgeAll(repository, drafts);
}

/**
 * Targets as they stand, for the keys that a proposed root gives them: without them in the same upload nobody could read the repository
 * under that root. Drafted by the first who can sign it, because a server keeps nothing unsigned.
 */
export async function draftTargetsUnder(root: Proposal, signers: readonly Signer[], world: World): Promise<Proposal | undefined> {
  const { draft, gun } = root;
  if (draft.kind !== 'root') throw new Error(`wanted a proposal of root, got one of ${draft.name}`);
  const repository = await refreshRepository(gun, world, PEOPLES_ROLES);
  const { env, stage } = repository;
  const targets = draftEntries(stage.targets, new Map(), expiryAfter(env.now, world.options.lifetimes.targets), env);
  const needed = [rootSignatories(draft, 'targets', env)];
  const { bytes, made } = await halfSigned(draftFor(targets, gun, env), needed, signers, env);
  if (made === 0) return undefined;
  return judgeDraft(
    repository,
    TARGETS,
    new Map([
      [ROOT, [root.bytes]],
      [TARGETS, [bytes]],
    ]),
  );
}

/** Judges files, several copies of a role among them, against the newest verified state. Throws what is wrong with the first bad one. */
export async function judgeFiles(gun: Gun, drafts: Drafts, world: World): Promise<readonly Proposal[]> {
  return judgeAll(await refreshRepository(gun, world, PEOPLES_ROLES), drafts);
}

/** A draft that waits and cannot be judged: never a reason to sign the others unseen, and no reason not to see them. */
export interface BadDraft {
  readonly role: RoleName;
  readonly problem: FormatError | TrustError | PublishError;
}

function badDraft(role: RoleName, problem: unknown): BadDraft {
  if (problem instanceof FormatError || problem instanceof TrustError || problem instanceof PublishError) return { role, problem };
  throw problem;
}

/** What waits at the server, judged. */
export async function waitingProposals(gun: Gun, world: World): Promise<readonly (Proposal | BadDraft)[]> {
  const repository = await refreshRepository(gun, world, PEOPLES_ROLES);
  const drafts = await waitingDrafts(gun, world);
  const judged: (Proposal | BadDraft)[] = [];
  for (const role of inOrder(drafts)) {
    judged.push(await judgeDraft(repository, role, drafts).catch((problem: unknown) => badDraft(role, problem)));
  }
  return judged;
}

/** What the server says of them: enough for a list, and for nothing else. */
export const pendingList = async (gun: Gun, world: World): Promise<readonly PendingDraft[]> => online(gun, world).pending.list(gun);

/** The drafts themselves, unjudged. */
async function waitingDrafts(gun: Gun, world: World): Promise<Drafts> {
  const { pending } = online(gun, world);
  const { limits } = world.options;
  const drafts = new Map<RoleName, readonly Uint8Array[]>();
  let room = limits.uploadBytes;
  for (const { role } of await pending.list(gun)) {
    const file = await pending.read(gun, role, Math.min(room, role === ROOT ? limits.rootBytes : limits.targetsBytes));
    if (file === undefined) continue;
    room -= file.length;
    drafts.set(role, [file]);
  }
  return drafts;
}

/**
 * The proposal with the signatures of those signers that it names. Throws PublishError(`missing-keys`) when it names none of them, and
 * what stands against the proposal. What is signed is what the proposal says: whoever calls has shown it.
 */
export async function endorse(
  proposal: Proposal,
  signers: readonly Signer[],
  { options: { now, crypto, limits }, dialect }: World,
): Promise<Proposal> {
  if (proposal.objection !== undefined) throw proposal.objection;
  const env = { now: now(), crypto, limits, dialect };
  const before = env.dialect.parse(proposal.draft.kind, proposal.role, proposal.bytes, env);
  const { bytes, made } = await halfSigned(proposal.draft, proposal.signatories, signers, env);
  if (made === 0) {
    const keys = [...new Set(proposal.needed.flatMap((needed) => needed.keys))];
    throw new PublishError(
      'missing-keys',
      `${proposal.role} v${proposal.version} is signed by other keys: ${keys.map(shortFingerprint).join(', ').slice(0, 200)}`,
      {
        details: { role: proposal.role, missing: keys },
      },
    );
  }
  return proposalOf(proposal, [before, env.dialect.parse(proposal.draft.kind, proposal.role, bytes, env)], env);
}

/** Gives a draft to the server to keep. Throws PublishError(`refused`). */
export async function offer(gun: Gun, { name, bytes }: Pick<Sealed, 'name' | 'bytes'>, world: World): Promise<void> {
  const problem = await online(gun, world).pending.offer(gun, name, bytes);
  if (problem !== undefined) throw refused(problem, 'the draft');
}

export async function withdraw(gun: Gun, role: RoleName, signed: Digest | undefined, world: World): Promise<void> {
  const problem = await online(gun, world).pending.withdraw(gun, role, signed);
  if (problem !== undefined) throw refused(problem, 'to withdraw the draft');
}

/**
 * Publishes drafts together. They are judged once more, against what stands now. Throws PublishError: `missing-keys` with who has not
 * signed, `overtaken`, `refused`.
 */
export async function publishDrafts(gun: Gun, drafts: Drafts, world: World): Promise<Published> {
  const repository = await refreshRepository(gun, world, PEOPLES_ROLES);
  const proposals = await judgeAll(repository, drafts);
  for (const { objection } of proposals) if (objection !== undefined) throw objection;
  for (const proposal of proposals) if (!proposal.complete) throw unsigned(proposal);
  requireTargetsUnder(proposals, repository);
  const files = proposals.map(({ role, version, bytes, draft, signatories }) => {
    const sealed = { ...seal(draft, [], repository.env), name: role, version, bytes };
    return { sealed, file: verifiedFile(sealed, draft, signatories, repository.env) };
  });
  await checkDrafts(
    files,
    new Map(proposals.map(({ role, difference }) => [role, difference.kind === 'targets' ? changedIn(difference) : new Map()])),
    repository,
  );
  const problem = await online(gun, world).upload(gun, new Map(proposals.map(({ role, bytes }) => [role, bytes])));
  if (problem !== undefined) throw refused(problem);
  return published(repository, files);
}

function online(gun: Gun, { server, options, dialect }: World): World['server'] {
  if (options.offline === true) throw new ServerError('offline', `${gun}: what waits for signatures is at the server`);
  return conventionsOf(dialect).keepsDrafts ? server : { ...server, pending: NO_PENDING_SERVER };
}

/** Who must still sign, as an error. */
function unsigned({ role, version, needed }: Proposal): PublishError {
  const open = needed.filter(({ threshold, signed }) => signed.length < threshold);
  const parts = open.map(({ threshold, signed, keys }) => {
    const missing = keys.filter((key) => !signed.includes(key));
    return `${signed.length} of ${threshold} signatures, missing ${threshold - signed.length} of ${missing.map(shortFingerprint).join(', ')}`;
  });
  const missing = [...new Set(open.flatMap(({ keys, signed }) => keys.filter((key) => !signed.includes(key))))];
  return new PublishError('missing-keys', `${role} v${version} has ${parts.join('; and ').slice(0, 400)}`, { details: { role, missing } });
}

async function judgeAll(repository: Refreshed, drafts: Drafts): Promise<readonly Proposal[]> {
  const proposals: Proposal[] = [];
  for (const role of inOrder(drafts)) proposals.push(await judgeDraft(repository, role, drafts));
  return proposals;
}

/** Who delegates comes before whom it delegates to. */
const inOrder = (drafts: Drafts): readonly RoleName[] => [...drafts.keys()].sort((one, other) => rank(one) - rank(other));
const rank = (role: RoleName): number => (role === ROOT ? 0 : role === TARGETS ? 1 : 2);
