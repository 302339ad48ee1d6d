// A repository that another server kept, part by part. Between its parts it is a tombstone: what is there already is served to nobody,
// because an older state, however well signed, would be a rollback in front of every reader.
import {
  type ImportHead,
  type ImportNeed,
  type ImportOffer,
  type ImportPlan,
  type ImportReview,
  type LeftOut,
  type ReviewAnswer,
  ReviewError,
  reviewImport,
} from '@countersign/core';
import { draftRecord, type Head, type RepositoryRef, type ServerRole } from '@countersign/store';
import { commit } from './commit.ts';
import { reviewed } from './publish.ts';
import { answerReview } from './publish-once.ts';
import { repositoryOf } from './repository.ts';
import { newFile } from './sign.ts';
import { asServerKeys } from './signing/signing-keys.ts';
import { type ImportStanding, importStanding } from './standing.ts';
import { envOf, type World } from './world.ts';

export interface Imported {
  readonly head: Head | undefined;
  readonly standing: ImportStanding;
  /** How many files are stored now that were not before, and how many were. */
  readonly added: number;
  readonly repeated: number;
  readonly leftOut: readonly LeftOut[];
}

/** Throws ReviewError, TrustError, FormatError, StoreError or RequestError; then nothing of the part was kept. */
export function importPart(world: World, offer: ImportOffer): Promise<Imported> {
  const repository = repositoryOf(offer.gun, 'notary');
  const arrived = offer.files.map(({ bytes }) => bytes);
  return reviewed(world, repository, arrived, () => importOnce(world, repository, offer));
}

async function importOnce(world: World, repository: RepositoryRef, offer: ImportOffer): Promise<Imported> {
  const { head, standing } = await importStanding(world, repository);
  const before: ImportHead | undefined = head && { ...head, begun: standing === 'begun' };
  const rules = { serverKeys: asServerKeys(await world.keys.keysOf(repository, head, 'kept')), lifetimes: world.lifetimes };
  const env = envOf(world, repository.dialect);
  const plan = await judged(reviewImport(before, offer, rules, env), (need) => answered(world, repository, need));
  if (standing === 'deleted' && offer.part === 'more')
    throw new ReviewError('refused-upload', `${offer.gun} was deleted here: what takes its place comes in one part`);

  const added = await addFiles(world, repository, head, standing, offer, plan);
  const next = offer.part === 'last' ? await openTo(world, repository, added, standing, plan) : added;
  const { standing: now } = await importStanding(world, repository);
  return { head: next, standing: now, added: plan.files.length, repeated: plan.repeated, leftOut: plan.leftOut };
}

async function addFiles(
  world: World,
  repository: RepositoryRef,
  head: Head | undefined,
  standing: ImportStanding,
  offer: ImportOffer,
  plan: ImportPlan,
): Promise<Head | undefined> {
  if (plan.files.length === 0) return head;
  const reset = standing === 'deleted' ? ({ reset: true } as const) : {};
  const waits = offer.part === 'more' || plan.retired.length > 0;
  const files = plan.files.map(newFile);
  const record = draftRecord(head, { repository, kind: 'import', time: world.now(), files, signers: plan.signers, ...reset });
  return await commit(world, repository, head, {
    files,
    record,
    claims: plan.claims,
    generations: new Map<ServerRole, number>(
      (['snapshot', 'timestamp'] as const).flatMap((role) => {
        const generation = plan.generations[role];
        return generation === undefined ? [] : [[role, generation] as const];
      }),
    ),
    ...reset,
    ...(standing === 'served' ? {} : { deleted: waits && standing !== 'deleted' }),
  });
}

/** Serves what is whole now. Roles that no delegation leads to leave the head in a change of their own: a store takes no file of them with it. */
async function openTo(
  world: World,
  repository: RepositoryRef,
  head: Head | undefined,
  standing: ImportStanding,
  { retired }: ImportPlan,
): Promise<Head | undefined> {
  const lifts = head?.deleted === true && standing !== 'deleted';
  if (retired.length === 0 && !lifts) return head;
  return await commit(world, repository, head, { files: [], claims: [], retired, ...(lifts ? { deleted: false } : {}) });
}

async function judged(steps: ImportReview<ImportPlan>, answer: (need: ImportNeed) => Promise<ReviewAnswer>): Promise<ImportPlan> {
  let step = steps.next();
  while (!step.done) step = steps.next(await answer(step.value));
  return step.value;
}

async function answered(world: World, repository: RepositoryRef, need: ImportNeed): Promise<ReviewAnswer> {
  if (need.need !== 'kept') return await answerReview(world, repository, need);
  return await world.store.kept(repository, { role: need.role, digest: need.digest });
}
