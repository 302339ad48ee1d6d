// A publish, from the parts of an upload to the acknowledged commit: in its turn, and again when the head moved meanwhile.
import { digestOf, parseRoleName, ReviewError, type RoleName, type Upload } from '@countersign/core';
import { type DialectName, type Head, isStoreError, type RepositoryRef } from '@countersign/store';
import { raise } from './commit.ts';
import { RequestError } from './errors.ts';
import { againAfter, finishIfBehind } from './finish-lost.ts';
import { publishOnce } from './publish-once.ts';
import { keyOf, repositoryOf } from './repository.ts';
import type { Manner } from './signing/publish-note.ts';
import { headOf, importStanding } from './standing.ts';
import type { World } from './world.ts';

// Only another process at the same database, or a timestamp signed anew at this very moment, comes between.
const MOST_ATTEMPTS = 5;

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
  world.onPublish?.();
  return reviewed(world, repository, upload.parts.values(), async (found, turn, manner) => {
    const moved = await finishIfBehind(world, repository, found);
    const head = moved ? await headOf(world, repository) : found;
    // Another server may have finished it, or this one, on the way to doing it again.
    if ((moved || turn === 'again') && head !== undefined && stands(upload, head, world)) {
      await raise(world, repository, head);
      return head;
    }
    if (head?.deleted === true) await refuseBegun(world, repository, mayStartOver);
    return await publishOnce(world, repository, head, upload, manner);
  });
}

const stands = ({ parts }: Upload, { files, deleted }: Head, { crypto }: World): boolean =>
  !deleted && parts.size > 0 && [...parts].every(([role, bytes]) => files.get(role)?.digest === digestOf(crypto, bytes));

/** A name that waits for the rest of an import looks free, and is not: whoever may only publish would take it from its owner. */
async function refuseBegun(world: World, repository: RepositoryRef, mayStartOver: () => Promise<boolean>): Promise<void> {
  const { standing } = await importStanding(world, repository);
  if (standing !== 'begun' || (await mayStartOver())) return;
  const text = `an import of ${repository.gun} was begun and waits for its last part: only an administrator may publish here before`;
  throw new ReviewError('refused-upload', text, { details: { about: 'validation' } });
}

/** Runs `attempt` on the head in its repository's turn, weighed, and again when the head moved meanwhile, or had to. */
export function reviewed<Result>(
  world: World,
  repository: RepositoryRef,
  arrived: Iterable<Uint8Array>,
  attempt: (head: Head | undefined, turn: 'first' | 'again', manner: Manner) => Promise<Result>,
): Promise<Result> {
  return world.writes.run(keyOf(repository), async () => {
    world.condition.checkWrites();
    const first = await headOf(world, repository);
    return await world.reviews.run(weightOf(first, arrived), async () => {
      let manner: Manner = {};
      for (let attempts = 1; ; attempts += 1) {
        const head = attempts === 1 ? first : await headOf(world, repository);
        try {
          return await attempt(head, attempts === 1 ? 'first' : 'again', manner);
        } catch (error) {
          if (isStoreError(error, 'claimed')) throw asForeign(error);
          if (attempts === MOST_ATTEMPTS) throw error;
          const again = await againAfter(error, world, repository, head);
          if (again === undefined) throw error;
          manner = again;
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

/** Somebody else claimed it after the review had looked. */
const asForeign = (cause: Error): ReviewError => new ReviewError('foreign-metadata', cause.message, { cause });
