// A wire in front of a server, or in front of its database, that somebody pulls now and then: every connection through it breaks at once, in the middle of whatever.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface CutProxy {
  /** `http://…`, the same as long as it lives, whatever stands behind it. */
  readonly url: string;
  readonly port: number;
  /** Leads new connections to this server from now on. */
  lead(to: Pick<URL, 'hostname' | 'port'>): void;
  cut(): void;
  close(): Promise<void>;
}

export async function openCutProxy(): Promise<CutProxy> {
  let target: Pick<URL, 'hostname' | 'port'> | undefined;
  const open = new Set<Socket>();
  const remember = (socket: Socket): void => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => undefined);
  };
  // The wire delays nothing: what waits for an acknowledgement here would be a database that takes 40 ms for every question.
  const server = createServer({ noDelay: true }, (near) => {
    remember(near);
    if (target === undefined) return void near.destroy();
    const far = connect({ port: Number(target.port), host: target.hostname, noDelay: true });
    remember(far);
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a pipe has no port');
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    lead(to) {
      target = to;
    },
    cut,
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
