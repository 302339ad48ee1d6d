// A trust server on a store in memory, with keys of its own and a clock that only tests move, and requests as any program could send them.
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Instant, parseInstant } from '@countersign/core';
import { type MetadataStore, memoryStore } from '@countersign/store';
import { parseServerConfig, startTrustServer, type TrustServerOptions } from '@countersign/trust-server';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The one error of a refusal. */
  readonly refusal: { readonly code?: string; readonly message?: string; readonly detail?: unknown };
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface Site {
  readonly url: string;
  readonly store: MetadataStore;
  readonly clock: { now: Instant };
  /** `path` as it is sent, without the tidying of a URL. */
  ask(path: string, question?: Question): Promise<Answer>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

export const NOON: Instant = parseInstant('2026-11-21T12:00:00Z', 'noon');
export const DAY = 86_400_000;

const open: Site[] = [];

/** For `afterEach`. */
export async function closeSites(): Promise<void> {
  for (const site of open.splice(0)) await site.close();
}

export async function newSite(
  settings: Readonly<Record<string, unknown>> = {},
  store: MetadataStore = memoryStore(),
  more: Pick<TrustServerOptions, 'crypto'> = {},
): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-notary-'));
  const clock = { now: NOON };
  const start = () =>
    startTrustServer({
      config: parseServerConfig({ listen: '127.0.0.1:0', data: join(folder, 'data'), ...settings }),
      store,
      now: () => clock.now,
      log: 'silent',
      ...more,
      onFatal: (error) => {
        throw error;
      },
    });
  let server = await start();
  const site: Site = {
    get url() {
      return server.url;
    },
    store,
    clock,
    ask: (path, question) => ask(server.url, path, question),
    async restart() {
      await server.close();
      server = await start();
    },
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  open.push(site);
  return site;
}

function ask(url: string, path: string, { method = 'GET', headers = {}, body }: Question = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const [refusal = {}] = bytes.toString().startsWith('{"errors":[') ? JSON.parse(bytes.toString()).errors : [];
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes, refusal });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const BOUNDARY = 'notary-test-boundary';

export const FORM = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };

/** A form as Go writes it, one part for each pair of file name and content. */
export function form(parts: Iterable<readonly [string, Uint8Array]>): Buffer {
  const pieces = [...parts].flatMap(([name, content], index) => [
    Buffer.from(
      `${index === 0 ? '' : '\r\n'}--${BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ),
    content,
  ]);
  return Buffer.concat([...pieces, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
}
