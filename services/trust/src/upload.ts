// A multipart body, read into memory within bounds. Whatever is not understood refuses the whole upload: a part that is silently
// left out would publish less than its author sent. The one file that imports busboy, and of that only its splitter.
import type { IncomingMessage } from 'node:http';
import type { Limits } from '@countersign/core';
import { Dicer } from '@fastify/busboy';
import { RequestError } from './errors.ts';
import { boundaryOf, fileNameOf } from './multipart-headers.ts';
import type { Memory } from './world.ts';

type Bounds = Pick<Limits, 'uploadBytes' | 'uploadParts' | 'rootBytes' | 'targetsBytes'>;

// What a part costs beside its bytes: its boundary and its headers.
const PER_PART = 1024;
const MOST_HEADERS = 16;

/** A part of a multipart body, with what its headers say of its name. */
export interface Part<Name> {
  readonly name: Name;
  readonly bytes: Uint8Array;
}

/** The parts by file name, each once. See `readParts`. */
export async function readUpload(request: IncomingMessage, bounds: Bounds, memory: Held): Promise<ReadonlyMap<string, Uint8Array>> {
  const parts = new Map<string, Uint8Array>();
  for (const { name, bytes } of await readParts(request, bounds, memory, fileNameOf)) {
    if (parts.has(name)) throw malformed('two parts have one file name');
    parts.set(name, bytes);
  }
  return parts;
}

/**
 * The parts in their order. `nameOf` is given the headers of each, and what it throws ends the reading. What is held counts into
 * `memory` until `released` is called, which the caller must do. Throws RequestError: `malformed`, `too-large` or `busy`; then the
 * rest of the body is still to be read.
 */
export async function readParts<Name>(
  request: IncomingMessage,
  bounds: Bounds,
  memory: Held,
  nameOf: (header: object) => Name,
): Promise<readonly Part<Name>[]> {
  const boundary = boundaryOf(request.headers['content-type']);
  const most = bounds.uploadBytes + PER_PART * (bounds.uploadParts + 1);
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > most) throw tooLarge(`the upload has ${announced} bytes, at most ${bounds.uploadBytes} are taken`);

  return await new Promise((resolve, reject) => {
    const parts: Part<Name>[] = [];
    const splitter = new Dicer({ boundary, maxHeaderPairs: MOST_HEADERS });
    let received = 0;
    let opened = 0;
    let settled = false;

    const fail = (error: unknown): void => {
      if (settled) return;
      settled = true;
      request.unpipe(splitter);
      parts.length = 0;
      reject(error);
    };
    const guarded = (work: () => void) => (): void => {
      try {
        if (!settled) work();
      } catch (error) {
        fail(error);
      }
    };

    splitter.on('part', (part) => {
      opened += 1;
      if (opened > bounds.uploadParts) fail(tooLarge(`the upload has more than ${bounds.uploadParts} parts`));
      let named: { readonly name: Name } | undefined;
      let length = 0;
      const chunks: Buffer[] = [];
      part.on('header', (header) => guarded(() => (named = { name: nameOf(header) }))());
      part.on('data', (chunk: Buffer) =>
        guarded(() => {
          length += chunk.length;
          if (length > Math.max(bounds.rootBytes, bounds.targetsBytes))
            throw tooLarge('a file of the upload is larger than any role may be');
          chunks.push(chunk);
        })(),
      );
      part.on(
        'end',
        guarded(() => {
          if (named === undefined) throw malformed('a part has no headers');
          parts.push({ ...named, bytes: Buffer.concat(chunks) });
        }),
      );
      part.on('error', () => undefined); // the splitter says the same
    });
    splitter.on('error', (cause: Error) => fail(malformed('the upload ends too early, or is not multipart', cause)));
    const judge = guarded(() => {
      // A part that never began properly ends without a word.
      if (parts.length !== opened) throw malformed('a part of the upload is empty or incomplete');
      settled = true;
      resolve(parts);
    });
    // The splitter says that it is done before the last part says so, when the last boundary arrives in a piece of its own.
    splitter.on('finish', () => setImmediate(judge));

    request.on('data', (chunk: Buffer) =>
      guarded(() => {
        received += chunk.length;
        if (received > most) throw tooLarge(`the upload has more than ${bounds.uploadBytes} bytes`);
        memory.hold(chunk.length);
      })(),
    );
    const cut = (cause?: Error): void => fail(malformed('the connection was closed in the middle of the upload', cause));
    request.on('error', cut);
    request.on('close', () => {
      if (!request.complete) cut();
    });
    request.pipe(splitter);
  });
}

/** One request's share of the memory for uploads. */
export interface Held {
  hold(bytes: number): void;
  release(): void;
}

export function heldIn(memory: Memory): Held {
  let held = 0;
  return {
    hold(bytes) {
      if (memory.used + bytes > memory.limit) {
        throw new RequestError('busy', 'too many uploads at this moment', { details: { headers: { 'Retry-After': '1' } } });
      }
      held += bytes;
      memory.used += bytes;
    },
    release() {
      memory.used -= held;
      held = 0;
    },
  };
}

const tooLarge = (text: string): RequestError => new RequestError('too-large', text);
const malformed = (text: string, cause?: Error): RequestError => new RequestError('malformed', text, cause ? { cause } : {});
