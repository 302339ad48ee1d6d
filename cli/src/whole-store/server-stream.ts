// A stream that a running server makes of its whole store: a backup, or what is wrong with it. It may last for hours, so it is held to
// signs of life and not to a length.
import { FetchError } from '@countersign/http';
import { askedHttp } from '../compose/asked-http.ts';
import { readConfig } from '../compose/config.ts';
import { ownUrl } from '../compose/metadata-url.ts';
import { openHttp } from '../compose/network.ts';
import type { ServerAddress } from '../compose/server-address.ts';
import { statusError } from '../compose/server-status.ts';
import { authorizationFor } from '../compose/trust.ts';
import { foldersOf } from '../folders.ts';
import type { Call } from '../tree/spec.ts';

// A server reads a while before it has something to send.
const TIMEOUTS = { idleMs: 5 * 60_000, totalMs: 24 * 60 * 60_000 };
const LONGEST = Number.MAX_SAFE_INTEGER;

/** The pieces as they come; whoever reads slowly slows the server down. Throws FetchError and ServerError. */
export async function* serverStream(call: Call, server: ServerAddress, what: 'backup' | 'fsck'): AsyncGenerator<Uint8Array> {
  const { world, given } = call;
  const http = askedHttp(openHttp(world, given, readConfig(foldersOf(world, given.text('trust-dir')).config), TIMEOUTS), 'trust server');
  const authorization = authorizationFor(server, call);
  const queue = new HandOver();
  const sent = http
    .send({
      method: 'GET',
      url: ownUrl(server.url, what),
      ...(authorization === undefined ? {} : { headers: { authorization } }),
      maxLength: LONGEST,
      redirects: 'refuse',
      signal: world.interrupted,
      onPiece: (piece) => queue.put(piece),
    })
    .then((reply) => {
      if (reply.status !== 200) throw statusError(server.url, `the ${what}`, reply);
    })
    .finally(() => queue.end());
  sent.catch(() => undefined);
  try {
    yield* queue.pieces();
    await sent;
  } finally {
    queue.refuse(new FetchError('interrupted', 'the stream was left'));
    http.close();
  }
}

/** One piece at a time: `put` waits until the one before was taken. */
class HandOver {
  #piece: Uint8Array | undefined;
  #refused: Error | undefined;
  #ended = false;
  #wake: () => void = () => undefined;
  #taken: () => void = () => undefined;

  async put(piece: Uint8Array): Promise<void> {
    if (this.#refused !== undefined) throw this.#refused;
    this.#piece = piece;
    const taken = new Promise<void>((resolve) => {
      this.#taken = resolve;
    });
    this.#wake();
    await taken;
    if (this.#refused !== undefined) throw this.#refused;
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  refuse(error: Error): void {
    this.#refused = error;
    this.#taken();
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = this.#piece;
      if (piece !== undefined) {
        this.#piece = undefined;
        yield piece;
        this.#taken();
        continue;
      }
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
