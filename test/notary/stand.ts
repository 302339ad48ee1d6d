// The servers of the recording, one for each of its sections, and a clock that stands where its clock stood.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instant } from '@countersign/core';
import { memoryStore } from '@countersign/store';
import { parseServerConfig, startTrustServer, type TrustServer } from '@countersign/trust-server';
import { bodyOf, type Exchange } from '../vectors/notary-traces.ts';
import { recordedKeyring } from './recorded-keys.ts';
import { newTokenServer, type TokenServer } from './token-server.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Stand {
  /** Sends what was sent then, at the time of then; `target` where it is another one now. */
  replay(exchange: Exchange, target: string): Promise<Answer>;
  close(): Promise<void>;
}

const SECTIONS = [
  { name: 'A', until: 260, notary: {} },
  { name: 'B', until: 302, notary: {} },
  { name: 'C', until: 332, notary: { auth: 'tokens' } },
  { name: 'D', until: 341, notary: { gunPrefixes: ['docker.io/', 'my.reg/team/'], maxAges: { current: 0, consistent: 31_536_000 } } },
  { name: 'E', until: 372, notary: {} },
] as const;

const DAY = 86_400_000;

// What had expired in the recording's database, and what must have expired in ours: days that have passed by then.
const PASSED: ReadonlyMap<number, number> = new Map([
  [268, 15],
  [269, 15],
  [270, 1200],
  [280, 1200],
  [281, 1200],
]);

export async function newStand(): Promise<Stand> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-replay-'));
  const clock = { now: 0 as Instant };
  const tokens = newTokenServer();
  const bundle = join(folder, 'bundle.pem');
  await writeFile(bundle, tokens.certificate);
  const servers = new Map<string, TrustServer>();
  for (const { name, notary } of SECTIONS) {
    const auth = 'auth' in notary ? { auth: { ...tokens.settings, rootCertBundle: bundle } } : {};
    const config = {
      listen: '127.0.0.1:0',
      data: join(folder, name),
      highWater: join(folder, `${name}.high-water`),
      notary: { ...notary, ...auth },
    };
    const server = await startTrustServer({
      config: parseServerConfig(config),
      store: memoryStore(),
      keyring: recordedKeyring,
      now: () => clock.now,
      log: 'silent',
      onFatal: (error) => {
        throw error;
      },
    });
    servers.set(name, server);
  }
  return {
    async replay(exchange, target) {
      clock.now = timeOf(exchange);
      const section = SECTIONS.find(({ until }) => exchange.n <= until);
      const server = servers.get(section?.name ?? '');
      if (server === undefined) throw new Error(`no server for ${exchange.n}`);
      return await send(server.url, exchange, target, tokens, clock.now);
    },
    async close() {
      for (const server of servers.values()) await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function timeOf({ n, response }: Exchange): Instant {
  const date = response.headers.find(([name]) => name === 'Date')?.[1] ?? '';
  return (Date.parse(date) + (PASSED.get(n) ?? 0) * DAY) as Instant;
}

function send(url: string, { request }: Exchange, target: string, tokens: TokenServer, now: Instant): Promise<Answer> {
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) headers[name] = name === 'Authorization' ? tokens.asRecorded(value, now) : value;
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = httpRequest({ hostname, port, path: target, method: request.method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    sent.on('error', reject);
    sent.end(bodyOf(request));
  });
}
