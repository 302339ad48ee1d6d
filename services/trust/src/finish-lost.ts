// Finishes a publish that was signed and never stored: its server lost the answer, or died before its commit. A signing service signs nothing
// else for that repository until somebody does, so whoever is refused asks for it. It is judged here like any other upload, on the head that
// it was made for, and comes out byte for byte as it would have; so any number of servers may do it at once, and one of them will.
import { parseVersion, SNAPSHOT } from '@countersign/core';
import { type Head, isStoreError, type RepositoryRef } from '@countersign/store';
import { RequestError } from './errors.ts';
import { publishOnce } from './publish-once.ts';
import { renewOnce } from './renew-once.ts';
import { type Manner, readNote } from './signing/publish-note.ts';
import { keyAt } from './signing/signing-keys.ts';
import { headOf } from './standing.ts';
import type { World } from './world.ts';

/**
 * How to try again after `error`, which may have said that something was lost: on the head that moved with it, or above what an administrator
 * gave up at the service. Undefined for any other error. Throws what keeps it from being finished.
 */
export async function againAfter(
  error: unknown,
  world: World,
  repository: RepositoryRef,
  head: Head | undefined,
): Promise<Manner | undefined> {
  if (isStoreError(error, 'conflict')) return {};
  if (!(error instanceof RequestError) || error.code !== 'signer-refused') return undefined;
  return (await finishLost(world, repository, head)) ? {} : givenUp(error);
}

/** A number that was signed is used up, whoever has what it was signed for. */
function givenUp({ details: { role, refusal, signed } }: RequestError): Manner | undefined {
  const isLater = (refusal === 'equivocation' || refusal === 'rollback') && typeof signed === 'number';
  return role === 'snapshot' && isLater ? { snapshotAfter: parseVersion(signed, 'snapshot version') } : undefined;
}

/**
 * Whether the head moved because its keys are no longer those in force: a root that names the next ones was signed and never stored. No review
 * would understand what stands, so this is asked before one.
 */
export async function finishIfBehind(world: World, repository: RepositoryRef, head: Head | undefined): Promise<boolean> {
  if (head === undefined || head.generations.size === 0) return false;
  const keys = await world.keys.keysOf(repository, head, 'kept');
  if ([...head.generations].every(([role, generation]) => keyAt(keys, role, generation) !== undefined)) return false;
  return await finishLost(world, repository, head);
}

/** The head, once nothing is lost. */
export async function finished(world: World, repository: RepositoryRef): Promise<Head | undefined> {
  const head = await headOf(world, repository);
  return (await finishLost(world, repository, head)) ? await headOf(world, repository) : head;
}

async function finishLost(world: World, repository: RepositoryRef, head: Head | undefined): Promise<boolean> {
  const lost = await world.keys.lost(repository, head?.files.get(SNAPSHOT)?.digest);
  const note = lost && readNote(lost.note);
  const seq = head?.seq ?? 0;
  // What was made for an older head is no publish that waits: the store went on without the service.
  if (lost === undefined || note === undefined || note.seq < seq) return false;
  if (note.seq > seq) {
    const text = `the records of ${repository.gun} end with ${seq}, and the signing service signed what follows ${note.seq}: an old copy was restored, or an administrator of the service has to release the name`;
    throw new RequestError('restored-store', text);
  }
  world.log.warn({ gun: repository.gun, dialect: repository.dialect, seq: seq + 1 }, 'finishing a publish that was signed and not stored');
  const upload = { gun: repository.gun, parts: lost.upload, recreate: note.recreate };
  try {
    if (upload.parts.size > 0) await publishOnce(world, repository, head, upload, { again: note });
    else if (head !== undefined) await renewOnce(world, repository, head, { again: note });
  } catch (error) {
    // Somebody else did it first.
    if (isStoreError(error, 'conflict')) return true;
    if (error instanceof RequestError || isStoreError(error)) throw error;
    // Another publisher waits for this, whose upload is no worse for it.
    const text = `the publish of ${repository.gun} that was signed last is not accepted here, and nothing else is signed before it`;
    throw new RequestError('signer-refused', text, { cause: error });
  }
  return true;
}
