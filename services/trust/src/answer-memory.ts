// The memory that large answers take, from before their bytes are read until they are sent: somebody who asks on many connections and reads
// from none must not fill it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FileRef, Head, RepositoryRef } from '@countersign/store';
import { RequestError } from './errors.ts';
import type { Memory, World } from './world.ts';

// Thousands of small answers fit into the buffers of their connections.
const LARGE = 64 * 1024;

/** What one answer may take. */
export interface AnswerRoom {
  /** Asks for as many bytes in all, before they are there. Throws RequestError(`busy`). */
  reserve(length: number): void;
  /** Gives all of it back when `response` is over. */
  releaseAfter(request: IncomingMessage, response: ServerResponse): void;
}

export function answerRoom(memory: Memory): AnswerRoom {
  let reserved = 0;
  const release = (): void => {
    memory.used -= reserved;
    reserved = 0;
  };
  return {
    reserve(length) {
      if (length <= LARGE || length <= reserved) return;
      const others = memory.used - reserved;
      // What is larger than all of the memory is sent alone.
      if (others > 0 && others + length > memory.limit)
        throw new RequestError('busy', 'too many large answers at this moment', { details: { headers: { 'Retry-After': '1' } } });
      memory.used = others + length;
      reserved = length;
    },
    releaseAfter({ socket }, response) {
      // One that waited behind another on a connection that has ended is never told of it.
      if (response.closed || socket.destroyed) release();
      else if (reserved > 0) response.once('close', release);
    },
  };
}

/**
 * The bytes of a file, for an answer. `head` tells how long the newest file of a role is, which is the best guess for older ones too; those are
 * read a few at a time, because a guess may be wrong. Throws RequestError(`busy`) and StoreError.
 */
export async function readForAnswer(
  { store, olderFiles }: World,
  repository: RepositoryRef,
  head: Head,
  ref: FileRef,
  room: AnswerRoom,
): Promise<Uint8Array | undefined> {
  const newest = head.files.get(ref.role);
  room.reserve(newest?.length ?? 0);
  const isNewest = newest !== undefined && ('digest' in ref ? ref.digest === newest.digest : ref.version === newest.version);
  if (isNewest) return await store.file(repository, ref);
  return await olderFiles.run(1, async () => {
    const bytes = await store.file(repository, ref);
    room.reserve(bytes?.length ?? 0);
    return bytes;
  });
}
