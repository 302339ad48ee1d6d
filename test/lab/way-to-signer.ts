// The wire between a trust server and its signing service: it can be cut, answers can get lost on it once the service has given them, and
// they can be held back as long as a test likes. What runs over it is TLS, so answers are counted and not read.
import { connect, createServer, type Server, type Socket } from 'node:net';

export class WayToSigner {
  #server: Server | undefined;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #cut = false;
  #held: (() => void)[] | undefined;
  #left = Number.POSITIVE_INFINITY;
  #lost = (): void => undefined;

  /** `target` is the port of the service now. */
  static async open(target: () => number): Promise<WayToSigner> {
    const way = new WayToSigner();
    const server = createServer((near) => way.#through(near, target()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    way.#server = server;
    return way;
  }

  get url(): string {
    const address = this.#server?.address();
    return `https://localhost:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  /** The service gives `count` more answers that arrive; the next one is lost, and nothing connects from then on. Resolves when it is lost. */
  loseAfter(count: number): Promise<void> {
    this.#left = count;
    return new Promise((resolve) => {
      this.#lost = resolve;
    });
  }

  cut(): void {
    this.#cut = true;
    for (const [near] of this.#pairs) near.destroy();
  }

  /** Answers wait here until `mend`. */
  hold(): void {
    this.#held = [];
  }

  mend(): void {
    this.#cut = false;
    this.#left = Number.POSITIVE_INFINITY;
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const pass of held) pass();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #through(near: Socket, port: number): void {
    if (this.#cut) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    // A connection that a test counts on was used before: its handshake is over.
    let asked = false;
    near.on('data', (chunk: Buffer) => {
      asked = true;
      far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => {
      if (asked && this.#left-- <= 0) {
        this.#left = Number.POSITIVE_INFINITY;
        this.cut();
        this.#lost();
        return;
      }
      asked = false;
      if (this.#held === undefined) near.write(chunk);
      else this.#held.push(() => near.destroyed || near.write(chunk));
    });
    for (const [one, other] of [pair, [far, near] as const]) {
      one.on('error', () => undefined);
      one.on('close', () => {
        other.destroy();
        this.#pairs.delete(pair);
      });
    }
  }
}
