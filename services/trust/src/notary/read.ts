// Reads of Notary metadata: the stored bytes, unchanged. A timestamp that is half spent is signed anew first, see online.ts.
import { FormatError, parseDigest, parseNotaryRoleName, parseVersion, type RoleName, SNAPSHOT, TIMESTAMP } from '@countersign/core';
import type { FileRef, Head, RepositoryRef } from '@countersign/store';
import { type AnswerRoom, readForAnswer } from '../answer-memory.ts';
import { RequestError } from '../errors.ts';
import { freshTimestamp } from '../online.ts';
import { keyOf } from '../repository.ts';
import type { ReadAnswer } from '../routes/metadata.ts';
import { servedHead } from '../standing.ts';
import { timestampReply } from '../timestamp-answer.ts';
import type { World } from '../world.ts';
import type { Which } from './address.ts';
import { notaryStoredReply } from './stored-reply.ts';

/** `role` is as it stood in the address. Throws RequestError and StoreError. */
export async function readNotaryFile(
  repository: RepositoryRef,
  role: string,
  at: Which,
  world: World,
  room: AnswerRoom,
): Promise<ReadAnswer> {
  const name = roleOf(role);
  const head = await servedHead(world, repository);
  if (at.by === 'newest') return await current(repository, name, head, world, room);
  const ref = refOf(name, at);
  const bytes = ref && (await readForAnswer(world, repository, head, ref, room));
  if (bytes === undefined) throw missing(role);
  return { reply: notaryStoredReply(bytes, 'consistent', undefined, world), until: Number.POSITIVE_INFINITY };
}

async function current(repository: RepositoryRef, role: RoleName, head: Head, world: World, room: AnswerRoom): Promise<ReadAnswer> {
  const fresh = role === TIMESTAMP || role === SNAPSHOT ? await freshTimestamp(world, repository, head) : undefined;
  if (role === TIMESTAMP && fresh !== undefined) {
    const published = await lastPublish(repository, fresh.head, world);
    return { reply: timestampReply(world, repository, fresh, published), until: fresh.until };
  }
  const served = fresh?.head ?? head;
  const newest = served.files.get(role);
  const bytes = newest && (await readForAnswer(world, repository, served, { role, version: newest.version }, room));
  if (bytes === undefined) throw missing(role);
  const modified = await lastPublish(repository, head, world);
  return { reply: notaryStoredReply(bytes, 'current', modified, world), until: fresh?.until ?? Number.POSITIVE_INFINITY };
}

/** When the repository last changed, which is when this file did, or later. */
async function lastPublish(repository: RepositoryRef, head: Head, world: World): Promise<number | undefined> {
  const name = keyOf(repository);
  const known = world.changes.timeOf(name, head.seq);
  if (known !== undefined) return known;
  const [newest] = await world.store.records({ repository, before: head.seq + 1, limit: 1 });
  if (newest === undefined) return undefined;
  const time = Date.parse(newest.record.time);
  world.changes.note(name, { seq: newest.record.seq, time });
  return time;
}

/** Only lower-case SHA-256 is ever found, and version 0 of nothing. */
function refOf(role: RoleName, at: Exclude<Which, { by: 'newest' }>): FileRef | undefined {
  if (at.by === 'sha256') return /^[0-9a-f]{64}$/.test(at.hex) ? { role, digest: parseDigest(`sha256:${at.hex}`) } : undefined;
  return at.version >= 1 && Number.isSafeInteger(at.version) ? { role, version: parseVersion(at.version, 'version') } : undefined;
}

/** An address takes more names than an upload: nobody can have published those. */
function roleOf(text: string): RoleName {
  try {
    return parseNotaryRoleName(text);
  } catch (error) {
    throw error instanceof FormatError ? missing(text) : error;
  }
}

const missing = (role: string): RequestError => new RequestError('not-found', `${role.slice(0, 80)} is not here`);
