// A body of one file, read into memory within bounds.
import type { IncomingMessage } from 'node:http';
import { RequestError } from './errors.ts';
import type { Held } from './upload.ts';

/** What is held counts into the memory for uploads. Throws RequestError: `malformed`, `too-large` or `busy`. */
export function readBody(request: IncomingMessage, most: number, memory: Held): Promise<Uint8Array> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > most) throw tooLarge(most);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received = 0;
    const stop = (error: unknown): void => {
      chunks.length = 0;
      request.off('data', take);
      reject(error);
    };
    const take = (chunk: Buffer): void => {
      try {
        received += chunk.length;
        if (received > most) throw tooLarge(most);
        memory.hold(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        stop(error);
      }
    };
    request.on('data', take);
    request.on('end', () => resolve(Buffer.concat(chunks)));
    const cut = (): void => stop(new RequestError('malformed', 'the connection was closed in the middle of the body'));
    request.on('error', cut);
    request.on('close', () => {
      if (!request.complete) cut();
    });
  });
}

const tooLarge = (most: number): RequestError => new RequestError('too-large', `wanted a body of at most ${most} bytes`);
