// A crowd that only holds connections: many that asked once and stay, and some that send one byte a second, in their headers or in a body.
// Its argument: a server, a path to read, one to write, and how many. `come` opens them and says how many there are; `count` says how
// many there are now; `leave` closes them. Whoever the server sends away comes back.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { getOf } from './connection.ts';

interface Crowd {
  readonly url: string;
  readonly read: string;
  readonly write: string;
  readonly idle: number;
  readonly slow: number;
}

const AT_ONCE = 100;
const { url, read, write, idle, slow }: Crowd = JSON.parse(process.argv[2] ?? '{}');
const { hostname, port } = new URL(url);
const HEADERS = `GET ${read} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ${'a'.repeat(4000)}`;
const BODY_HEAD = `POST ${write} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n`;

const staying = new Set<Socket>();
const dripping = new Map<Socket, { at: number; readonly text: string }>();
let here = false;

async function stay(): Promise<void> {
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (staying.delete(socket) && here) void stay().catch(() => undefined);
  });
  socket.write(getOf(read));
  await once(socket, 'data');
  staying.add(socket);
}

async function drip(inBody: boolean): Promise<void> {
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  socket.on('data', () => undefined);
  socket.on('close', () => {
    if (dripping.delete(socket) && here) void drip(inBody).catch(() => undefined);
  });
  await once(socket, 'connect');
  if (inBody) socket.write(BODY_HEAD);
  dripping.set(socket, { at: 0, text: inBody ? `--b\r\n${'a'.repeat(4000)}` : HEADERS });
}

setInterval(() => {
  for (const [socket, drop] of dripping) {
    socket.write(drop.text.charAt(drop.at));
    drop.at += 1;
  }
}, 1000).unref();

const counted = (): string => JSON.stringify([staying.size, dripping.size]);
const told: Readonly<Record<string, () => Promise<string>>> = {
  async come() {
    here = true;
    for (let opened = 0; opened < idle; opened += AT_ONCE)
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, idle - opened) }, () => stay()));
    await Promise.all(Array.from({ length: slow }, (_, index) => drip(index % 2 === 0)));
    return counted();
  },
  count: async () => counted(),
  async leave() {
    here = false;
    for (const socket of [...staying, ...dripping.keys()]) socket.destroy();
    staying.clear();
    dripping.clear();
    return counted();
  },
};
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) console.log((await told[line]?.()) ?? 'what?');
for (const socket of [...staying, ...dripping.keys()]) socket.destroy();
