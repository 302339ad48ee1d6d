// Stands between a store and its database, passes bytes on, and can cut the connection at a chosen moment: before a message reaches the
// database, or after it did and before the answer comes back.
import { connect, createServer, type Socket } from 'node:net';

type Side = 'before it arrives' | 'before it is answered';

export interface Cut {
  readonly port: number;
  /** How often `cutAt` came true. */
  readonly cuts: number;
  /** Once, when the store sends something with this text in it. With `stay cut`, nothing connects from that moment on, until `mend`. */
  cutAt(text: string, side: Side, then?: 'stay cut'): void;
  /** Refuses new connections and ends the old ones, until `mend`. */
  cutAll(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function cutBefore(host: string, port: number): Promise<Cut> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let armed: { readonly text: string; readonly side: Side; readonly staysCut: boolean } | undefined;
  let isCut = false;
  let cuts = 0;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(port, host);
    const pair = [near, far] as const;
    pairs.add(pair);
    let isSilent = false;
    near.on('data', (chunk: Buffer) => {
      if (armed !== undefined && chunk.includes(armed.text)) {
        const { side, staysCut } = armed;
        isCut = staysCut;
        armed = undefined;
        cuts += 1;
        if (side === 'before it arrives') {
          near.destroy();
          return;
        }
        isSilent = true;
      }
      far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => {
      // It did what was asked, and nobody hears of it.
      if (isSilent) near.destroy();
      else near.write(chunk);
    });
    for (const [one, other] of [pair, [far, near] as const]) {
      one.on('error', () => undefined);
      one.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const cutAll = (): void => {
    isCut = true;
    for (const [near] of pairs) near.destroy();
  };
  return {
    port: address.port,
    get cuts() {
      return cuts;
    },
    cutAt(text, side, then) {
      armed = { text, side, staysCut: then === 'stay cut' };
    },
    cutAll,
    mend() {
      isCut = false;
    },
    async close() {
      cutAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
