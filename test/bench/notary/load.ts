// Those who ask, the same for both servers, and as light as they come: they share the cores with whom they measure. With a connection for
// each request a client in C, because a handshake costs a client as much as a server; on connections that stay, autocannon.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import autocannon from 'autocannon';
import type { Rival } from './rivals.ts';

/** Asks for `path`, whose answer has a body of `size` bytes, as often as it can. */
export type Load = (rival: Rival, path: string, size: number) => Promise<{ readonly aSecond: number; readonly requests: number }>;

const SECONDS = 3;
const AT_ONCE = 4;

export const newConnections: Load = async ({ url }, path, size) => {
  // It writes `GET … HTTP/1.0` by itself, without a host: what it is given as a page ends that line early.
  const page = [`${path} HTTP/1.1`, `Host: ${new URL(url).host}`, 'Connection: close', 'X-Rest:'].join('\r\n');
  const args = ['s_time', '-connect', new URL(url).host, '-new', '-time', String(SECONDS), '-www', page];
  const start = performance.now();
  const made = await Promise.all(Array.from({ length: AT_ONCE }, () => connectionsOf(args, size)));
  const requests = made.reduce((sum, count) => sum + count, 0);
  return { requests, aSecond: (1000 * requests) / (performance.now() - start) };
};

async function connectionsOf(args: readonly string[], size: number): Promise<number> {
  const child = spawn('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1');
    });
  const [code] = await once(child, 'close');
  const [, count, bytes] = /(\d+) connections in \d+ real seconds, (\d+) bytes read per connection/.exec(said) ?? [];
  // A refusal, or an answer that was cut off, is shorter than what was asked for.
  if (code === 0 && Number(bytes) > size) return Number(count);
  throw new Error(`openssl s_time: exit ${code}, ${bytes} bytes read per connection, wanted more than ${size}: ${said.slice(-500)}`);
}

export const keptConnections: Load = async ({ url, ca }, path) => {
  const tlsOptions = { ca: await readFile(ca) };
  // One request after the other on each: a Node server over TLS cuts connections with several large answers under way.
  const result = await autocannon({ url: `${url}${path}`, connections: 32, pipelining: 1, duration: SECONDS, tlsOptions });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${path}: ${result.non2xx} refusals, ${result.errors} errors`);
  return { requests: result.requests.total, aSecond: result.requests.average };
};
