import { createHash } from 'node:crypto';
import { parseRoleName } from '@countersign/core';
import { memoryStore } from '@countersign/store';
import { afterEach, describe, expect, it } from 'vitest';
import { ask } from './testing/ask.ts';
import { closeLaboratories, laboratory } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

async function published(settings: Readonly<Record<string, unknown>> = {}) {
  const lab = await laboratory('memory', settings);
  const owner = newPublisher(lab, lab);
  await owner.post(await owner.first());
  return { lab, owner };
}

describe('a stored file', () => {
  it.each(['timestamp.json', 'root.json', 'targets.json', '1.releases.json'])('%s has a strong tag, twice and unchanged', async (file) => {
    const { owner } = await published();
    for (const turn of ['from the store', 'kept ready']) {
      const got = await owner.get(file);
      const tag = `"${createHash('sha256').update(got.body).digest('hex')}"`;
      expect([turn, got.headers.etag]).toEqual([turn, tag]);
      expect(got.headers['content-type']).toBe('application/json');
      expect(got.headers['access-control-allow-origin']).toBe('*');
      expect(got.headers['content-length']).toBe(String(got.body.length));
      for (const match of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
        const again = await ask(`${owner.base}${file}`, { headers: { 'if-none-match': match } });
        expect([match, again.status, again.body.length, again.headers.etag]).toEqual([match, 304, 0, tag]);
      }
      expect((await ask(`${owner.base}${file}`, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
    }
  });

  it('may be kept for ever by version and by hash, and for a moment when it is the newest', async () => {
    const { owner } = await published();
    const newest = await owner.get('targets.json');
    const hash = newest.headers.etag?.replaceAll('"', '');
    expect(newest.headers['cache-control']).toBe('max-age=10');
    for (const file of ['1.targets.json', `targets.${hash}.json`, '1.timestamp.json']) {
      expect((await owner.get(file)).headers['cache-control']).toBe('max-age=31536000, immutable');
    }
  });

  it('answers HEAD like GET, without the body', async () => {
    const { owner } = await published();
    const got = await owner.get('root.json');
    for (const _ of [1, 2]) {
      const head = await ask(`${owner.base}root.json`, { method: 'HEAD' });
      expect([head.status, head.body.length, head.headers.etag]).toEqual([200, 0, got.headers.etag]);
      expect(head.headers['content-length']).toBe(String(got.body.length));
    }
  });

  it('is found under one address with any query', async () => {
    const { owner } = await published();
    expect((await owner.get('root.json?x=1')).status).toBe(200);
    expect((await owner.get('root.json?')).status).toBe(200);
  });

  it('takes no other method', async () => {
    const { owner } = await published();
    for (const method of ['PUT', 'POST', 'DELETE', 'OPTIONS']) {
      const answer = await ask(`${owner.base}root.json`, { method });
      expect([method, answer.status, answer.problem.code, answer.headers.allow]).toEqual([method, 405, 'method-not-allowed', 'GET, HEAD']);
    }
  });
});

describe('the root after the newest', () => {
  it('is told to be absent in few bytes, and is there as soon as it is published', async () => {
    const { owner } = await published();
    for (const _ of [1, 2]) {
      const absent = await owner.get('2.root.json');
      expect([absent.status, absent.problem.code]).toEqual([404, 'not-found']);
      expect(absent.body.length).toBeLessThan(200);
    }
    const key = await owner.serverKey('timestamp', 'POST');
    expect((await owner.post(await owner.rotated((await owner.get('root.json')).body, 'timestamp', key))).status).toBe(200);
    expect((await owner.get('2.root.json')).status).toBe(200);
    expect((await owner.get('root.json')).body.equals((await owner.get('2.root.json')).body)).toBe(true);
  });
});

describe('the newest file', () => {
  it('is the one of the last publish as soon as that is acknowledged', async () => {
    const { owner } = await published();
    for (let turn = 1; turn <= 5; turn += 1) {
      const before = await owner.get('releases.json');
      await Promise.all([owner.get('timestamp.json'), owner.get('snapshot.json'), owner.get('releases.json')]);
      expect((await owner.post(await owner.tagged(before.body, `v${turn}`))).status).toBe(200);
      expect((await owner.get('releases.json')).body.includes(`"v${turn}"`)).toBe(true);
      expect((await owner.get('timestamp.json')).body.includes(`"version":${turn + 1}`)).toBe(true);
    }
  });
});

describe('a name that is none', () => {
  it.each([
    ['/v2/registry.example.com/Team/app/_trust/metadata/root.json', 400, 'invalid-name'],
    ['/v2/registry.example.com%2fteam/app/_trust/metadata/root.json', 400, 'invalid-name'],
    ['/v2/registry.example.com/team%252fapp/_trust/metadata/root.json', 400, 'invalid-name'],
    ['/v2/registry.example.com/../app/_trust/metadata/root.json', 400, 'invalid-name'],
    ['/v2/a/_trust/metadata/x/_trust/metadata/root.json', 400, 'invalid-name'],
    ['/v2/%ff/_trust/metadata/root.json', 400, 'invalid-name'],
    ['/v2/%zz/_trust/metadata/', 400, 'invalid-name'],
    ['/v2/%2e%2e/_trust/metadata/timestamp.key', 400, 'invalid-name'],
    ['/v2/team/nothing/_trust/metadata/root.json', 404, 'not-found'],
    ['/v2/registry.example.com/team/app/_trust/metadata/..%2froot.json', 404, 'not-found'],
    ['/v2/registry.example.com/team/app/_trust/metadata/0.root.json', 404, 'not-found'],
    ['/v2/registry.example.com/team/app/_trust/metadata/9.root.json', 404, 'not-found'],
    ['/v2/registry.example.com/team/app/_trust/metadata/1.constructor.json', 404, 'not-found'],
    ['/v2/registry.example.com/team/app/_trust/metadata/.json', 404, 'not-found'],
    [`/v2/registry.example.com/team/app/_trust/metadata/root.${'ab'.repeat(32)}.json`, 404, 'not-found'],
    ['/v2/registry.example.com/team/app/_trust/metadata', 404, 'METADATA_NOT_FOUND'],
    ['/elsewhere', 404, 'METADATA_NOT_FOUND'],
    ['/v2/x.json', 404, 'METADATA_NOT_FOUND'],
  ])('%s gets %d %s', async (path, status, code) => {
    const { lab } = await published();
    const answer = await ask(lab.url, { path });
    expect([answer.status, answer.problem.code ?? answer.refusal.code]).toEqual([status, code]);
    expect(answer.body.length).toBeLessThan(400);
  });

  it('is read after decoding it once', async () => {
    const lab = await laboratory('memory');
    const owner = newPublisher(lab, { now: lab.now, gun: 'registry.example.com:5000/app' });
    await owner.post(await owner.first());
    const encoded = owner.base.replace('com:5000', 'com%3A5000');
    expect((await ask(`${encoded}root.json`)).status).toBe(200);
    expect((await ask(`${encoded}timestamp.key`)).status).toBe(200);
  });
});

it('answers the file of a role that was retired by hash, and no longer by name or version', async () => {
  const store = memoryStore();
  const lab = await laboratory(store);
  const owner = newPublisher(lab, lab);
  await owner.post(await owner.first());
  const { headers, body } = await owner.get('releases.json');
  const repository = { gun: owner.gun, dialect: 'tuf' } as const;
  const head = await store.head(repository);
  if (head === undefined) throw new Error('no head');
  await lab.close();
  await store.commit(repository, head.revision, { files: [], claims: [], retired: [parseRoleName('releases')] });
  await lab.restart();
  expect((await owner.get(`releases.${headers.etag?.replaceAll('"', '')}.json`)).body).toEqual(body);
  for (const file of ['releases.json', '1.releases.json']) expect((await owner.get(file)).status).toBe(404);
});

it('keeps no more answers ready than it may', async () => {
  const { owner } = await published({ readyMemory: 4096 });
  for (const file of ['root.json', 'targets.json', 'releases.json', 'timestamp.json', '1.root.json', '1.targets.json', 'root.json']) {
    expect((await owner.get(file)).status).toBe(200);
  }
});

it('answers the ping and the health of its store', async () => {
  const { lab } = await published();
  for (const path of ['/v2/', '/v2', '/_countersign/v1/health']) {
    const answer = await ask(lab.url, { path });
    expect([path, answer.status, answer.body.toString()]).toEqual([path, 200, '{}']);
  }
});
