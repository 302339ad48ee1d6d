// A connection that stays, over which requests go out as bytes that were put together before: whoever asks shares the cores with whom it
// measures.
import { once } from 'node:events';
import { connect } from 'node:net';

export interface Connection {
  /** Sends one request and reads its answer to the end. Throws for any status but 200 to 299, and when the connection ends. */
  send(request: Buffer): Promise<void>;
  close(): void;
}

/** A server hangs up on who is silent for long: then the next request goes over a new connection. */
export async function openConnection(server: string): Promise<Connection> {
  let wire = await openWire(server);
  return {
    async send(request) {
      if (wire.isOver()) wire = await openWire(server);
      await wire.send(request);
    },
    close: () => wire.close(),
  };
}

interface Wire extends Connection {
  isOver(): boolean;
}

async function openWire(server: string): Promise<Wire> {
  const { hostname, port } = new URL(server);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  let answered: ((error: Error | undefined) => void) | undefined;
  let heard = '';
  const settle = (error: Error | undefined): void => {
    const tell = answered;
    answered = undefined;
    tell?.(error);
  };
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1');
    const end = heard.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(heard)?.[1] ?? 0);
    if (heard.length < end + 4 + length) return;
    const said = heard;
    heard = '';
    settle(/^HTTP\/1\.1 2\d\d /.test(said) ? undefined : new Error(said.slice(0, 1000)));
  });
  socket.on('error', settle);
  socket.on('close', () => settle(new Error('the connection was closed')));
  return {
    isOver: () => socket.destroyed || socket.readableEnded,
    send: (request) =>
      new Promise((resolve, reject) => {
        answered = (error) => (error === undefined ? resolve() : reject(error));
        socket.write(request, (error) => {
          if (error) settle(error);
        });
      }),
    close: () => socket.destroy(),
  };
}

export const getOf = (path: string): Buffer => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);

export const timestampPath = (gun: string): string => `/v2/${gun}/_trust/metadata/timestamp.json`;
