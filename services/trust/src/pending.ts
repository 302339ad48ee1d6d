// Drafts that wait for signatures: offered, signed by one after the other, withdrawn. Core judges; nothing here is ever served as
// metadata, and no record tells of it.
import {
  type Digest,
  type Gun,
  type PendingNeed,
  type PendingPlan,
  type PendingReview,
  type ReviewAnswer,
  type RoleName,
  reviewPending,
} from '@countersign/core';
import type { Head, RepositoryRef } from '@countersign/store';
import { commit } from './commit.ts';
import { RequestError } from './errors.ts';
import { type KeptDraft, keptDraft, writeKeptDraft } from './kept-draft.ts';
import { reviewed } from './publish.ts';
import { answerReview } from './publish-once.ts';
import { keyOf, repositoryOf } from './repository.ts';
import { asServerKeys } from './signing/signing-keys.ts';
import { headOf } from './standing.ts';
import { envOf, type World } from './world.ts';

export interface Waiting extends KeptDraft {
  /** Whose signatures it has. */
  readonly signers: PendingPlan['signers'];
}

/** Keeps a draft, or adds its signatures to the one that is kept. Throws ReviewError, TrustError, FormatError or RequestError. */
export function offerDraft(world: World, gun: Gun, role: RoleName, file: Uint8Array): Promise<Waiting> {
  const repository = repositoryOf(gun, 'tuf');
  return reviewed(world, repository, [file], async (head) => {
    const drafts = await keptDrafts(world, repository, head);
    checkRoom(drafts, role, file, world);
    const rules = { serverKeys: asServerKeys(await world.keys.keysOf(repository, head, 'kept')), lifetimes: world.lifetimes };
    const env = envOf(world, repository.dialect);
    const plan = await judged(reviewPending(head, { gun, role, file, drafts: new Set(drafts.keys()) }, rules, env), async (need) =>
      need.need === 'draft' ? drafts.get(need.role)?.file : await answerReview(world, repository, need),
    );
    // Signatures that come later do not make a draft younger.
    const since = (plan.goesOn && drafts.get(role)?.since) || env.now;
    const kept = { ...plan, since };
    await commit(world, repository, head, { files: [], claims: [], pending: [{ role, signed: plan.signed, bytes: writeKeptDraft(kept) }] });
    return kept;
  });
}

/** Drafts are read together, so that they may not have more bytes together than one upload. Throws RequestError(`too-large`). */
function checkRoom(drafts: ReadonlyMap<RoleName, KeptDraft>, role: RoleName, file: Uint8Array, { limits }: World): void {
  let bytes = file.length;
  for (const draft of drafts.values()) if (draft.role !== role) bytes += draft.file.length;
  if (bytes <= limits.uploadBytes && drafts.size <= limits.uploadParts) return;
  throw new RequestError('too-large', `the drafts that wait would have ${bytes} bytes together, at most ${limits.uploadBytes} are kept`);
}

/** Of every role, the draft that may still be signed. */
export async function keptDrafts(
  world: World,
  repository: RepositoryRef,
  head: Head | undefined,
): Promise<ReadonlyMap<RoleName, KeptDraft>> {
  const drafts = new Map<RoleName, KeptDraft>();
  if (head === undefined || head.deleted) return drafts;
  for (const role of head.pending.keys()) {
    const draft = await keptDraft(world, repository, head, role);
    if (draft !== undefined) drafts.set(role, draft);
  }
  return drafts;
}

/** Drops the draft of a role. With `signed`, only if it is that one: whoever withdraws names what they saw. */
export async function withdrawDraft(world: World, gun: Gun, role: RoleName, signed: Digest | undefined): Promise<'now' | 'already'> {
  const repository = repositoryOf(gun, 'tuf');
  return await world.writes.run(keyOf(repository), async () => {
    const head = await headOf(world, repository);
    if (head === undefined || head.deleted) throw new RequestError('not-found', 'no such repository');
    const waiting = head.pending.get(role);
    if (waiting === undefined || (signed !== undefined && signed !== waiting)) return 'already';
    await commit(world, repository, head, { files: [], claims: [], dropPending: [role] });
    return 'now';
  });
}

async function judged(steps: PendingReview<PendingPlan>, answered: (need: PendingNeed) => Promise<ReviewAnswer>): Promise<PendingPlan> {
  let step = steps.next();
  while (!step.done) step = steps.next(await answered(step.value));
  return step.value;
}
