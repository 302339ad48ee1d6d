// A web page that somebody visits asks the trust server on their own machine, where callers from this machine may do everything.
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instant } from '@countersign/core';
import { memoryStore } from '@countersign/store';
import { type Simulator, simulate } from '@countersign/testkit';
import { parseServerConfig, startTrustServer, type TrustServer } from '@countersign/trust-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly code: string | undefined;
}

let folder: string;
let server: TrustServer;
let repository: Simulator;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-page-'));
  repository = await simulate();
  server = await startTrustServer({
    config: parseServerConfig({ listen: '127.0.0.1:0', data: join(folder, 'data') }),
    store: memoryStore(),
    now: () => repository.now as Instant,
    log: 'silent',
    onFatal: (error) => {
      throw error;
    },
  });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

function ask(method: string, path: string, headers: OutgoingHttpHeaders, body = ''): Promise<Answer> {
  const { hostname, port, host } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request(
      { method, hostname, port, path, setHost: false, headers: { host, 'content-length': Buffer.byteLength(body), ...headers } },
      async (reply) => {
        let text = '';
        for await (const chunk of reply.setEncoding('utf8')) text += chunk;
        const code = /"code":"([^"]+)"/.exec(text)?.[1];
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, code });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const base = (): string => `/v2/${repository.gun}/_trust/metadata/`;

describe('a page of another site', () => {
  // What a browser says by itself; a page can leave out none of it.
  const pages: readonly OutgoingHttpHeaders[] = [
    {
      origin: 'https://evil.example',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'no-cors',
      'content-type': 'multipart/form-data; boundary=x',
    },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'http://127.0.0.1:1' },
    { origin: 'http://localhost.evil.example' },
  ];

  it.each(pages)('changes nothing: %j', async (headers) => {
    for (const [method, path] of [
      ['POST', base()],
      ['DELETE', base()],
      ['POST', `${base()}timestamp.key`],
      ['PUT', base()],
    ] as const) {
      const answer = await ask(method, path, headers, '--x\r\nContent-Disposition: form-data; name="root"\r\n\r\n{}\r\n--x--\r\n');
      expect([403, 405]).toContain(answer.status);
      if (answer.status === 403) expect(answer.code).toBe('foreign-origin');
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    }
    expect((await ask('POST', base(), headers)).code).toBe('foreign-origin');
    expect((await ask('GET', `${base()}1.root.json`, {})).status).toBe(404);
  });

  it('is not told that it may', async () => {
    const preflight = {
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    const answer = await ask('OPTIONS', base(), preflight);
    expect(answer.headers['access-control-allow-methods']).toBeUndefined();
    expect(answer.headers['access-control-allow-headers']).toBeUndefined();
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });
});

describe('a name that was made to point at this machine', () => {
  it.each([
    'evil.example',
    'evil.example:4443',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '169.254.169.254',
    '[::2]',
    '',
    'localhost, evil.example',
  ])('leads nowhere: %j', async (host) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await ask(method, base(), { host });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).not.toBe(404);
      if (answer.code !== undefined) expect(answer.code).toBe('wrong-host');
    }
  });
});
