// The body of a request, bounded before it is read: it must say its length, and what is held at once has a limit too.
import type { IncomingMessage } from 'node:http';
import { ServiceError } from './errors.ts';

export interface BodyMemory {
  readonly most: number;
  readonly limit: number;
  used: number;
}

/** Runs `work` on the whole body, which is counted until it is done. Throws ServiceError: `malformed`, `too-large`, `busy`. */
export async function withBody<Result>(
  request: IncomingMessage,
  memory: BodyMemory,
  work: (body: Uint8Array) => Promise<Result>,
): Promise<Result> {
  const header = request.headers['content-length'] ?? '';
  if (!/^[0-9]{1,12}$/.test(header)) throw new ServiceError('malformed', 'wanted a body with a Content-Length');
  const length = Number(header);
  if (length > memory.most) throw new ServiceError('too-large', `the body has ${length} bytes, at most ${memory.most} are taken`);
  if (memory.used > 0 && memory.used + length > memory.limit) throw new ServiceError('busy', 'too many large requests at this moment');
  memory.used += length;
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    return await work(Buffer.concat(chunks));
  } finally {
    memory.used -= length;
  }
}
