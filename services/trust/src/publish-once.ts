// One attempt at a publish, on one head: core judges, its plan is signed, and the store takes it or not. A publish that was signed and never
// stored is done once more from its note, byte for byte.
import { setImmediate as pause } from 'node:timers/promises';
import {
  type Env,
  type Plan,
  parseVersion,
  type Review,
  type ReviewAnswer,
  ReviewError,
  type ReviewNeed,
  type RoleName,
  review,
  reviewNotary,
  TIMESTAMP,
  type Upload,
} from '@countersign/core';
import { draftRecord, type Head, type RepositoryRef, type ServerRole } from '@countersign/store';
import { commit } from './commit.ts';
import { isCrowded, LONGEST_WITHOUT_PAUSE } from './crowd.ts';
import { RequestError } from './errors.ts';
import { lifetimesFor } from './lifetimes.ts';
import { newFile, signed, signedTimestamp } from './sign.ts';
import { type Manner, noteFor, spellNote } from './signing/publish-note.ts';
import { asServerKeys, type Basis, currentGeneration, keyAt, NO_BASIS } from './signing/signing-keys.ts';
import { envOf, type World } from './world.ts';

const JUDGES = { tuf: review, notary: reviewNotary } as const;

export async function publishOnce(
  world: World,
  repository: RepositoryRef,
  head: Head | undefined,
  upload: Upload,
  manner: Manner = {},
): Promise<Head> {
  const { again } = manner;
  const note = again ?? noteFor(head, world.now(), lifetimesFor(repository.dialect, world.lifetimes), upload.recreate, manner);
  const env = { ...envOf(world, repository.dialect), now: note.now };
  const keys = await world.keys.keysOf(repository, head, again === undefined ? 'kept' : 'anew');
  const rules = { serverKeys: asServerKeys(keys), lifetimes: note.lifetimes, snapshotAfter: note.snapshotAfter };
  const standing = new Map<RoleName, Uint8Array>();
  const plan = await world.spans.step('judge', { dialect: repository.dialect }, () =>
    judged(world, JUDGES[repository.dialect](head, upload, rules, env), async (need) => {
      const answer = await answerReview(world, repository, need, head);
      if (need.need === 'stored' && answer instanceof Uint8Array) standing.set(need.role, answer);
      return answer;
    }),
  );

  // Clients of Notary expect that a name which was deleted is free, and no root of theirs says that it goes on with an old one.
  const startsOver = upload.recreate || (repository.dialect === 'notary' && head?.deleted === true);
  const reset = startsOver ? ({ reset: true } as const) : {};
  const basis: Basis = { upload: upload.parts, standing, note: spellNote(note) };
  const by = (role: ServerRole) => {
    const key = keyAt(keys, role, plan.generations[role] ?? currentGeneration(head, role));
    if (key !== undefined) return key;
    throw new RequestError('signer-refused', `the signing service has no key for ${role} that this root names`);
  };
  checkReadable(plan.snapshot, env);
  const own = 'message' in plan.snapshot;
  const snapshot =
    'message' in plan.snapshot ? await signed(world, { repository, by: by('snapshot'), basis }, plan.snapshot, env) : plan.snapshot;
  const files = [...plan.files, snapshot].map(newFile);
  const record = draftRecord(head, { repository, kind: plan.kind, time: env.now, files, signers: plan.signers, ...reset });
  // A snapshot that publishers signed is shown with its timestamp; one that is done once more was shown before.
  const shown = own || again !== undefined ? NO_BASIS : basis;
  const version = parseVersion((head?.files.get(TIMESTAMP)?.version ?? 0) + 1, 'timestamp version');
  const facts = { version, snapshot, record, root: plan.root, life: note.lifetimes.timestamp };
  const timestamp = await signedTimestamp(world, { repository, by: by('timestamp'), basis: shown }, facts, env);

  return await commit(world, repository, head, {
    files: [...files, newFile(timestamp)],
    record,
    claims: plan.claims,
    // A draft of what is published now would follow a file that stands no more.
    dropPending: plan.files.map(({ name }) => name).filter((name) => head?.pending.has(name)),
    generations: generationsOf(plan),
    retired: plan.retired,
    ...(head?.deleted ? { deleted: false, ...reset } : {}),
  });
}

/** A role whose key publishers hold has none of this server. */
function generationsOf({ generations }: Plan): ReadonlyMap<ServerRole, number> {
  const { snapshot, timestamp } = generations;
  return new Map<ServerRole, number>([['timestamp', timestamp], ...(snapshot === undefined ? [] : ([['snapshot', snapshot]] as const))]);
}

async function judged(world: World, steps: Review<Plan>, answered: (need: ReviewNeed) => Promise<ReviewAnswer>): Promise<Plan> {
  let since = performance.now();
  let step = steps.next();
  while (!step.done) {
    const answer = await answered(step.value);
    // What was asked for is mostly in memory: without a pause, whoever reads would wait for the whole review.
    if (!isCrowded(world) || performance.now() - since > LONGEST_WITHOUT_PAUSE) {
      await pause();
      since = performance.now();
    }
    step = steps.next(answer);
  }
  return step.value;
}

/** `known`: the head that is judged against. The commit that follows is refused when another one stands by then. */
export async function answerReview(world: World, repository: RepositoryRef, need: ReviewNeed, known?: Head): Promise<ReviewAnswer> {
  if (need.need === 'claimants') return await world.store.claimants(need.claims);
  // `kept`, not `file`: a new root of a deleted repository is held to the old one.
  return await world.store.kept(repository, { role: need.role, version: need.version }, known);
}

// What signatures add to a snapshot, in either dialect.
const AROUND = 1024;

/** Clients stop reading at their limits: a snapshot beyond them would end the repository for everybody. Asked before it is signed. */
function checkReadable(snapshot: Plan['snapshot'], { limits }: Env): void {
  const length = 'message' in snapshot ? snapshot.message.length + AROUND : snapshot.bytes.length;
  if (length <= limits.snapshotBytes) return;
  throw new ReviewError('refused-upload', `the snapshot would have ${length} bytes, at most ${limits.snapshotBytes} can be read`);
}
