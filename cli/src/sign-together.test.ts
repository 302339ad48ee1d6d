// Two people who sign the same at the same moment: whoever is second signs what the first began.
import type { Instant } from '@countersign/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lyingServer } from './testing/lying-server.ts';
import type { Machine } from './testing/machine.ts';
import { type Town, town } from './testing/town.ts';

let place: Town;
let bob: Machine;
let passed: number;
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const words = (name: string, digest = DIGEST) => ['sign', `${place.gun}:${name}`, '--digest', digest, '--length', '7', '--output', 'json'];

beforeEach(async () => {
  const begun = Date.now();
  passed = 0;
  place = await town({ now: () => (begun + passed) as Instant });
  const { publisher: alice, gun } = place;
  bob = await place.consumer();
  const pin = (await alice.run('init', gun)).stdout.trim();
  await bob.run('trust', 'pin', gun, pin);
  for (const [name, machine] of [
    ['alice', alice],
    ['bob', bob],
  ] as const) {
    await machine.run('key', 'generate', '--label', name);
    const pub = `${bob.folder}/${name}.pub`;
    await machine.run('key', 'export', name, '--public', '--to', pub);
    const how = name === 'alice' ? ['--paths', 'v*', '--before', 'releases', '--only'] : ['--threshold', '2'];
    expect((await alice.run('signer', 'add', name, '--repo', gun, '--key', pub, '--team', 'team', ...how)).exit).toBe(0);
  }
});
afterEach(() => place.close());

/** The server, which shows bob once that nothing waits: so it was when he asked. */
async function late() {
  let first = true;
  return lyingServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const isFirst = first && request.method === 'GET' && request.url?.endsWith('/pending') === true;
    if (isFirst) first = false;
    if (isFirst) return void response.end(JSON.stringify({ schema: 1, pending: [] }));
    const type = request.headers['content-type'];
    const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
    const headers = type === undefined ? {} : { 'content-type': type };
    const answer = await fetch(new URL(request.url ?? '/', place.server.url), { method: request.method ?? 'GET', headers, ...body });
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  });
}

it.each([
  ['the same is signed and published', 3_000, DIGEST, 0, undefined],
  ['the same of the same second is one draft, and published', 0, DIGEST, 0, undefined],
  ['something else is a conflict', 3_000, `sha256:${'cd'.repeat(32)}`, 21, 'other-draft'],
] as const)('where somebody was faster, %s', async (_, later, digest, exit, code) => {
  const half = await place.publisher.run(...words('v1'));
  expect(half.json).toMatchObject({ ok: true, pending: true });
  passed = later;
  const server = await late();
  bob.env = { ...bob.env, COUNTERSIGN_SERVER: server.url };
  const whole = await bob.run(...words('v1', digest));
  await server.close();
  expect([whole.exit, whole.json['code']], whole.stdout + whole.stderr).toEqual([exit, code]);
  expect((await place.publisher.run('list', place.gun)).stdout.includes(DIGEST)).toBe(exit === 0);
});
