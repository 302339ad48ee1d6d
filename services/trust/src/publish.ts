// A publish, from the parts of an upload to the acknowledged commit. Core judges; here its needs are answered and its plan is done.
import {
  type Env,
  encodeUtf8,
  type Plan,
  parseRoleName,
  type Review,
  ReviewError,
  type ReviewNeed,
  type RoleName,
  review,
  reviewNotary,
  type Upload,
} from '@countersign/core';
import { type DialectName, draftRecord, type Head, isStoreError, type RepositoryRef, type ServerRole } from '@countersign/store';
import { commit } from './commit.ts';
import { RequestError } from './errors.ts';
import { lifetimesFor } from './lifetimes.ts';
import { keyOf, repositoryOf } from './repository.ts';
import { currentGeneration, namableKeys } from './server-keys.ts';
import { newFile, signed } from './sign.ts';
import { headOf, importStanding } from './standing.ts';
import { envOf, type World } from './world.ts';

// Only another process at the same database, or a timestamp signed anew at this very moment, comes between.
const MOST_ATTEMPTS = 5;

const JUDGES = { tuf: review, notary: reviewNotary } as const;

/**
 * `mayStartOver` is asked where an import of the name was begun. Throws ReviewError, TrustError, FormatError, StoreError or RequestError;
 * then nothing was published.
 */
export function publish(
  world: World,
  dialect: DialectName,
  upload: Upload,
  mayStartOver: () => Promise<boolean> = async () => false,
): Promise<Head> {
  const repository = repositoryOf(upload.gun, dialect);
  return reviewed(world, repository, upload.parts.values(), async (head) => {
    if (head?.deleted === true) await refuseBegun(world, repository, mayStartOver);
    return await publishOnce(world, repository, head, upload);
  });
}

/** A name that waits for the rest of an import looks free, and is not: whoever may only publish would take it from its owner. */
async function refuseBegun(world: World, repository: RepositoryRef, mayStartOver: () => Promise<boolean>): Promise<void> {
  const { standing } = await importStanding(world, repository);
  if (standing !== 'begun' || (await mayStartOver())) return;
  const text = `an import of ${repository.gun} was begun and waits for its last part: only an administrator may publish here before`;
  throw new ReviewError('refused-upload', text, { details: { about: 'validation' } });
}

/** Runs `attempt` on the head in its repository's turn, weighed, and again when the head moved meanwhile. */
export function reviewed<Result>(
  world: World,
  repository: RepositoryRef,
  arrived: Iterable<Uint8Array>,
  attempt: (head: Head | undefined) => Promise<Result>,
): Promise<Result> {
  return world.writes.run(keyOf(repository), async () => {
    world.condition.checkWrites();
    const first = await headOf(world, repository);
    return await world.reviews.run(weightOf(first, arrived), async () => {
      for (let attempts = 1; ; attempts += 1) {
        try {
          return await attempt(attempts === 1 ? first : await headOf(world, repository));
        } catch (error) {
          if (isStoreError(error, 'claimed')) throw asForeign(error);
          if (!isStoreError(error, 'conflict') || attempts === MOST_ATTEMPTS) throw error;
        }
      }
    });
  });
}

/** The bytes that a review may read: those of the upload, and those of the files that stand. */
function weightOf(head: Head | undefined, arrived: Iterable<Uint8Array>): number {
  let bytes = 0;
  for (const { length } of head?.files.values() ?? []) bytes += length;
  for (const part of arrived) bytes += part.length;
  return bytes;
}

/** File names of an upload as roles; `.json` may follow, as the Notary protocol has it. */
export function rolesOf(parts: ReadonlyMap<string, Uint8Array>): ReadonlyMap<RoleName, Uint8Array> {
  const roles = new Map<RoleName, Uint8Array>();
  for (const [name, bytes] of parts) {
    const role = parseRoleName(name.endsWith('.json') ? name.slice(0, -'.json'.length) : name);
    if (roles.has(role)) throw new RequestError('malformed', `the upload brings ${role.slice(0, 64)} twice`);
    roles.set(role, bytes);
  }
  return roles;
}

async function publishOnce(world: World, repository: RepositoryRef, head: Head | undefined, upload: Upload): Promise<Head> {
  const env = envOf(world, repository.dialect);
  const lifetimes = lifetimesFor(repository.dialect, world.lifetimes);
  const rules = { serverKeys: namableKeys(world.keyring, repository, head), lifetimes };
  const judge = JUDGES[repository.dialect];
  const plan = await judged(judge(head, upload, rules, env), (need) => answerReview(world, repository, need));

  // Clients of Notary expect that a name which was deleted is free, and no root of theirs says that it goes on with an old one.
  const startsOver = upload.recreate || (repository.dialect === 'notary' && head?.deleted === true);
  const reset = startsOver ? ({ reset: true } as const) : {};
  const key = (role: ServerRole) => world.keyring.signer(repository, role, plan.generations[role] ?? currentGeneration(head, role));
  const snapshot = 'message' in plan.snapshot ? await signed(plan.snapshot, key('snapshot'), env, world.counts) : plan.snapshot;
  const files = [...plan.files, snapshot].map(newFile);
  const record = draftRecord(head, { repository, kind: plan.kind, time: env.now, files, signers: plan.signers, ...reset });
  const timestamp = await signed(plan.timestamp(snapshot, { seq: record.seq, hash: record.hash }), key('timestamp'), env, world.counts);
  checkReadable(snapshot.bytes.length, timestamp.bytes.length, env);

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

async function judged(steps: Review<Plan>, answered: (need: ReviewNeed) => Promise<Uint8Array | undefined>): Promise<Plan> {
  let step = steps.next();
  while (!step.done) step = steps.next(await answered(step.value));
  return step.value;
}

export async function answerReview(world: World, repository: RepositoryRef, need: ReviewNeed): Promise<Uint8Array | undefined> {
  if (need.need === 'claimant') {
    const gun = await world.store.claimant(need.claim);
    return gun && encodeUtf8(gun);
  }
  // `kept`, not `file`: a new root of a deleted repository is held to the old one.
  return await world.store.kept(repository, { role: need.role, version: need.version });
}

/** Clients stop reading at their limits: a snapshot beyond them would end the repository for everybody. */
function checkReadable(snapshot: number, timestamp: number, { limits }: Env): void {
  if (snapshot <= limits.snapshotBytes && timestamp <= limits.timestampBytes) return;
  throw new ReviewError('refused-upload', `the snapshot would have ${snapshot} bytes, at most ${limits.snapshotBytes} can be read`);
}

/** Somebody else claimed it after the review had looked. */
const asForeign = (cause: Error): ReviewError => new ReviewError('foreign-metadata', cause.message, { cause });
