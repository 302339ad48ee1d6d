import { imageEntry, parseDigest } from '@countersign/core';
import type { HttpClient } from '@countersign/http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freshKeys, GUN, type Home, home, initWith, NOON, pinnedTo } from '../test/home.ts';
import { closeMachines, type Machine, machine, noRegistry } from '../test/machine.ts';

const digest = parseDigest(`sha256:${'a1'.repeat(32)}`);
const entries = new Map([['v1', imageEntry({ digest, length: 10, mediaType: 'application/vnd.oci.image.index.v1+json' })]]);

let there: Home;
let here: Machine;
let http: HttpClient;
const seen: { path: string; status: number; bytes: number; conditional: boolean }[] = [];
beforeEach(async () => {
  there = await home();
  here = await machine(there.url, NOON);
  const keys = freshKeys();
  here.believes = pinnedTo((await here.client().publish(GUN, initWith(keys), keys.all)).pin);
  await here.client().publish(GUN, { kind: 'entries', entries }, keys.all);
  const { http: real } = here.options();
  seen.length = 0;
  http = {
    close: () => undefined,
    async send(request) {
      const reply = await real.send(request);
      const path = request.url.pathname.split('/').at(-1) ?? '';
      seen.push({ path, status: reply.status, bytes: reply.body.length, conditional: request.headers?.['if-none-match'] !== undefined });
      return reply;
    },
  };
});
afterEach(async () => {
  await there.close();
  await closeMachines();
});

it('asks two questions when nothing has changed, and gets less than 1 KiB', async () => {
  await here.client({ http }).verify({ gun: GUN, digest }, noRegistry);
  for (const client of [here.client({ http }), here.client({ http })]) {
    seen.length = 0;
    await client.verify({ gun: GUN, digest }, noRegistry);
    expect(seen).toMatchObject([
      { path: '2.root.json', status: 404 },
      { path: 'timestamp.json', status: 304, conditional: true },
    ]);
    expect(seen.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(1024);
  }
});

it('sends its credentials to the trust server with every request', async () => {
  const authorizations: (string | undefined)[] = [];
  const { http: real } = here.options();
  const watching: HttpClient = {
    close: () => undefined,
    send(request) {
      authorizations.push(request.headers?.['authorization']);
      expect(request.url.origin).toBe(there.url.origin);
      return real.send(request);
    },
  };
  await here.client({ http: watching, authorization: 'Bearer secret' }).verify({ gun: GUN, digest }, noRegistry);
  expect(new Set(authorizations)).toEqual(new Set(['Bearer secret']));
});
