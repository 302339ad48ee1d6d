import { afterEach, describe, expect, it } from 'vitest';
import { ask, raw } from './testing/ask.ts';
import { closeLaboratories, laboratory } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

describe('a page of another site', () => {
  it.each([
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ origin: 'http://localhost', 'sec-fetch-site': 'cross-site' }],
  ])('may not write: %j', async (headers) => {
    const lab = await laboratory('memory');
    const owner = newPublisher(lab, lab);
    const answers = [
      await owner.post(await owner.first(), '', headers),
      await ask(owner.base, { method: 'DELETE', headers }),
      await ask(`${owner.base}timestamp.key`, { method: 'POST', headers }),
    ];
    expect(answers.map(({ status, problem }) => [status, problem.code])).toEqual(answers.map(() => [403, 'foreign-origin']));
    expect((await owner.get('root.json')).status).toBe(404);
  });

  it('may read, and is told so', async () => {
    const lab = await laboratory('memory');
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    for (const path of ['root.json', 'timestamp.key', '9.root.json']) {
      const answer = await ask(`${owner.base}${path}`, { headers: { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' } });
      expect([path, answer.status < 500, answer.headers['access-control-allow-origin']]).toEqual([path, true, '*']);
    }
  });

  it('is not asked back before it writes: there is no preflight to pass', async () => {
    const lab = await laboratory('memory');
    const owner = newPublisher(lab, lab);
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'DELETE' };
    const answer = await ask(owner.base, { method: 'OPTIONS', headers });
    expect([answer.status, answer.headers['access-control-allow-methods']]).toEqual([405, undefined]);
  });
});

it('takes writes of its own pages', async () => {
  const lab = await laboratory('memory');
  const owner = newPublisher(lab, lab);
  expect((await owner.post(await owner.first(), '', { origin: lab.url, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
});

describe('the Host header', () => {
  it('may name this machine or an allowed host, on any port, and no other', async () => {
    const lab = await laboratory('memory', { allowedHosts: ['Trust.Example.com'] });
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    const wanted: readonly (readonly [string, number])[] = [
      ['localhost', 200],
      ['LOCALHOST:80', 200],
      ['127.0.0.1:4443', 200],
      ['[::1]:4443', 200],
      ['trust.example.com', 200],
      ['trust.example.com.:443', 200],
      ['evil.example', 421],
      ['trust.example.com.evil.example', 421],
      ['localhost:80@evil.example', 421],
      ['127.0.0.1.evil.example', 421],
    ];
    for (const [host, status] of wanted) {
      for (const path of ['/root.json', '/timestamp.json', '/timestamp.key']) {
        const url = `${owner.base.slice(0, -1)}${path}`;
        expect([host, path, (await ask(url, { headers: { host } })).status]).toEqual([host, path, status]);
      }
    }
    expect((await ask(`${lab.url}/v2/`, { headers: { host: 'evil.example' } })).problem.code).toBe('wrong-host');
  });

  it('leads nowhere by way of X-Forwarded-Host', async () => {
    const lab = await laboratory('memory');
    const headers = { host: 'evil.example', 'x-forwarded-host': 'localhost', forwarded: 'host=localhost' };
    expect((await ask(`${lab.url}/v2/`, { headers })).status).toBe(421);
  });
});

it('answers nobody who names no host', async () => {
  const lab = await laboratory('memory');
  expect(await raw(lab.url, 'GET /v2/ HTTP/1.0\r\n\r\n')).toContain('421');
  expect(await raw(lab.url, 'GET /v2/x/_trust/metadata/root.json HTTP/1.0\r\n\r\n')).toContain('"code":"wrong-host"');
  expect(await raw(lab.url, 'GET /v2/ HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n')).toContain('421');
});

it('serves no absolute request target', async () => {
  const lab = await laboratory('memory');
  expect((await ask(lab.url, { path: 'http://evil.example/v2/' })).status).toBe(400);
});
