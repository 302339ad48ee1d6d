// Reads of stored files: the bytes as they were stored, with a strong tag. Called before any router, see front.ts.
import { createHash } from 'node:crypto';
import { parseDigest, ROOT, SNAPSHOT, TIMESTAMP } from '@countersign/core';
import type { FileRef, Head, RepositoryRef } from '@countersign/store';
import { type AnswerRoom, readForAnswer } from '../answer-memory.ts';
import { RequestError } from '../errors.ts';
import { problemOf } from '../http-errors.ts';
import type { MetadataName } from '../metadata-name.ts';
import { freshTimestamp } from '../online.ts';
import { type Reply, storedReply } from '../reply.ts';
import { repositoryOf } from '../repository.ts';
import { servedHead } from '../standing.ts';
import { timestampReply } from '../timestamp-answer.ts';
import type { World } from '../world.ts';

/** A reply, and until when it may be given again as long as nothing is committed. */
export interface ReadAnswer {
  readonly reply: Reply;
  readonly until: number;
}

type Read = (head: Head, ref: FileRef) => Promise<Uint8Array | undefined>;

const ALWAYS = Number.POSITIVE_INFINITY;
const NEVER = 0;

/** Throws RequestError and StoreError. */
export async function readMetadata(name: MetadataName, world: World, room: AnswerRoom): Promise<ReadAnswer> {
  const repository = repositoryOf(name.gun, 'tuf');
  const head = await servedHead(world, repository);
  const read: Read = (of, ref) => readForAnswer(world, repository, of, ref, room);
  // Before the head is asked for the role: a role that was retired has left it, and is still found by digest.
  if (name.at.by === 'sha256') return await fixed(name, head, { role: name.role, digest: parseDigest(`sha256:${name.at.hex}`) }, read);
  const newest = head.files.get(name.role);
  if (newest === undefined) throw missing(name);
  if (name.at.by === 'newest') return await current(name, repository, head, world, read);
  if (name.at.version <= newest.version) return await fixed(name, head, { role: name.role, version: name.at.version }, read);
  // Every refresh of a warm client asks for the root after the newest, and is told so.
  const next = name.role === ROOT && name.at.version === newest.version + 1;
  return { reply: problemOf(missing(name)), until: next ? ALWAYS : NEVER };
}

async function fixed(name: MetadataName, head: Head, ref: FileRef, read: Read): Promise<ReadAnswer> {
  const bytes = await read(head, ref);
  if (bytes === undefined) throw missing(name);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { reply: storedReply(bytes, sha256, 'fixed'), until: ALWAYS };
}

async function current(name: MetadataName, repository: RepositoryRef, head: Head, world: World, read: Read): Promise<ReadAnswer> {
  if (name.role !== TIMESTAMP && name.role !== SNAPSHOT) return { ...(await stored(name, head, read)), until: ALWAYS };
  const fresh = await freshTimestamp(world, repository, head);
  if (name.role === TIMESTAMP) return { reply: timestampReply(world, repository, fresh, undefined), until: fresh.until };
  return { ...(await stored(name, fresh.head, read)), until: fresh.until };
}

async function stored(name: MetadataName, head: Head, read: Read): Promise<{ readonly reply: Reply }> {
  const newest = head.files.get(name.role);
  const bytes = newest && (await read(head, { role: name.role, version: newest.version }));
  if (newest === undefined || bytes === undefined) throw missing(name);
  return { reply: storedReply(bytes, newest.digest.slice('sha256:'.length), 'current') };
}

function missing({ role, at }: MetadataName): RequestError {
  const which = at.by === 'version' ? ` v${at.version}` : at.by === 'sha256' ? ` ${at.hex.slice(0, 16)}` : '';
  return new RequestError('not-found', `${role}${which} is not here`);
}
