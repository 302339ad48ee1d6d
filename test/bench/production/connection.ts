// A connection that stays, over which requests go out as bytes that were put together before: whoever asks shares the cores with whom it
// measures.
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface Connection {
  /** Sends one request and reads its answer to the end. Throws for any status but 200 to 299, and when the connection ends. */
  send(request: Buffer): Promise<void>;
  close(): void;
}

/** A server hangs up on who is silent for long: then the next request goes over a new connection. `ca` in PEM, for an https address. */
export async function openConnection(server: string, ca?: string): Promise<Connection> {
  let wire = await openWire(server, ca);
  return {
    async send(request) {
      if (wire.isOver()) wire = await openWire(server, ca);
      await wire.send(request);
    },
    close: () => wire.close(),
  };
}

interface Wire extends Connection {
  isOver(): boolean;
}

async function openWire(server: string, ca: string | undefined): Promise<Wire> {
  const { hostname, port, protocol } = new URL(server);
  const place = { host: hostname, port: Number(port), noDelay: true };
  const socket = protocol === 'https:' ? connectTls({ ...place, ...(ca === undefined ? {} : { ca }) }) : connect(place);
  await once(socket, protocol === 'https:' ? 'secureConnect' : 'connect');
  let answered: ((error: Error | undefined) => void) | undefined;
  let heard = '';
  const settle = (error: Error | undefined): void => {
    const tell = answered;
    answered = undefined;
    tell?.(error);
  };
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1');
    if (!isWhole(heard)) return;
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

/** One answer is under way at a time, so that whatever stands behind a head belongs to it. */
function isWhole(heard: string): boolean {
  const end = heard.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(heard) ?? [];
  // Without a length it comes in chunks, of which the last one is empty (RFC 9112 §7.1).
  return length === undefined ? heard.endsWith('\r\n0\r\n\r\n') : heard.length >= end + 4 + Number(length);
}

export const getOf = (path: string): Buffer => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);

export const timestampPath = (gun: string): string => `/v2/${gun}/_trust/metadata/timestamp.json`;
