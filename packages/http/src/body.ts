// Reading a body that may be endless, slow, truncated or compressed.
import type { IncomingMessage } from 'node:http';
import { FetchError } from './errors.ts';

export interface BodyBounds {
  readonly host: string;
  readonly maxLength: number;
  /** What to do with a longer body: fail, or keep its beginning. */
  readonly over: 'refuse' | 'cut';
  readonly bodyless: boolean;
  /** Called for every piece that arrives. */
  readonly alive: () => void;
  /** Takes the body in place of this function's answer, which is empty then. */
  readonly onPiece: ((piece: Uint8Array) => Promise<void>) | undefined;
}

/**
 * Refuses, by its headers alone, a body that must not be read. We send `accept-encoding: identity`, so a compressed reply
 * is either broken or a decompression bomb; it is refused whatever the status.
 */
function checkHeaders(reply: IncomingMessage, { host, maxLength, over, bodyless }: BodyBounds): void {
  const encoding = (reply.headers['content-encoding'] ?? 'identity').toLowerCase();
  const transfer = (reply.headers['transfer-encoding'] ?? 'chunked').toLowerCase();
  if (encoding !== 'identity') throw new FetchError('bad-reply', `${host}: wanted an uncompressed body, got content-encoding`);
  if (transfer !== 'chunked') throw new FetchError('bad-reply', `${host}: wanted an uncompressed body, got transfer-encoding`);
  const declared = reply.headers['content-length'];
  if (bodyless || over === 'cut' || declared === undefined) return;
  if (!(Number(declared) <= maxLength))
    throw new FetchError('too-large', `${host}: wanted at most ${maxLength} bytes, got ${Number(declared)}`);
}

/** The body of `reply`, holding at most one chunk more than the limit in memory. Leaves an unfinished connection unusable. */
export function readBody(reply: IncomingMessage, bounds: BodyBounds): Promise<Uint8Array> {
  const { host, maxLength, over, alive, onPiece } = bounds;
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const truncated = (cause?: unknown): FetchError =>
      new FetchError('bad-reply', `${host}: the reply ended after ${length} bytes, too early`, { cause });
    reply.on('error', (error) => reject(error instanceof FetchError ? error : truncated(error)));
    let ended = false;
    reply.on('close', () => {
      if (!ended) reject(truncated()); // an error made for every reply would cost more than the rest of reading it
    });
    try {
      checkHeaders(reply, bounds);
    } catch (error) {
      reply.destroy();
      return reject(error);
    }
    reply.on('data', (chunk: Uint8Array) => {
      alive();
      length += chunk.length;
      if (length <= maxLength && onPiece !== undefined) {
        reply.pause();
        onPiece(chunk).then(
          () => {
            alive();
            reply.resume();
          },
          (error: unknown) => {
            reject(error);
            reply.destroy();
          },
        );
        return;
      }
      chunks.push(chunk);
      if (length <= maxLength) return;
      reply.destroy();
      if (over === 'cut') resolve(Uint8Array.from(Buffer.concat(chunks).subarray(0, maxLength)));
      else reject(new FetchError('too-large', `${host}: wanted at most ${maxLength} bytes, got more`));
    });
    reply.on('end', () => {
      ended = true;
      if (!reply.complete) return reject(truncated());
      const whole = new Uint8Array(onPiece === undefined ? length : 0);
      let offset = 0;
      for (const chunk of chunks) {
        whole.set(chunk, offset);
        offset += chunk.length;
      }
      resolve(whole);
    });
  });
}
