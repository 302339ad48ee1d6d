// Reads of a Notary repository over HTTP: stored bytes under every address, for clients and caches that are not ours.
import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, TARGETS } from '@countersign/core';
import { afterEach, describe, expect, it } from 'vitest';
import { newOwner } from './owner.ts';
import { closeSites, newSite } from './site.ts';

afterEach(closeSites);

const sha256 = (bytes: Uint8Array, algorithm = 'sha256'): string => createHash(algorithm).update(bytes).digest('hex');

describe('a file of a Notary repository', () => {
  it('is served as it was uploaded, by role, version and hash, again and again', async () => {
    const owner = await newOwner(await newSite());
    const parts = await owner.repository.first();
    expect((await owner.post(parts)).status).toBe(200);
    for (const [role, bytes] of parts) {
      for (const name of [`${role}.json`, `1.${role}.json`, `0001.${role}.json`, `${role}.${sha256(bytes)}.json`]) {
        for (const _ of ['first', 'kept ready']) {
          const { status, headers, body } = await owner.get(name);
          expect([status, headers['content-type'], body.equals(bytes)]).toEqual([200, 'text/plain; charset=utf-8', true]);
          expect(headers['cache-control']).toBe(
            name === `${role}.json` ? 'public, max-age=300, s-maxage=300, must-revalidate' : 'public, max-age=2592000, s-maxage=2592000',
          );
          expect([headers.etag, headers['content-length']]).toEqual([undefined, String(bytes.length)]);
        }
      }
    }
  });

  it('is not there for a head, in upper case, under another hash, version or role', async () => {
    const owner = await newOwner(await newSite());
    const parts = await owner.repository.first();
    await owner.post(parts);
    const targets = parts.get(TARGETS) ?? Buffer.alloc(0);
    for (const name of [
      `targets.${sha256(targets).toUpperCase()}.json`,
      `targets.${sha256(targets, 'sha512')}.json`,
      `root.${sha256(targets)}.json`,
      '0.root.json',
      '2.root.json',
      `${'9'.repeat(40)}.root.json`,
      'targets/none.json',
      'targets/a.b.json',
    ]) {
      expect((await owner.get(name)).refusal).toEqual({
        code: 'METADATA_NOT_FOUND',
        message: 'You have requested metadata that does not exist.',
        detail: {},
      });
    }
    await owner.get('root.json');
    expect((await owner.get('root.json', { method: 'HEAD' })).status).toBe(404);
    expect((await owner.get('root.json', { headers: { 'if-modified-since': 'Sat, 21 Nov 2026 12:00:00 GMT' } })).status).toBe(200);
  });

  it('says when the repository changed, as HTTP writes a time', async () => {
    const owner = await newOwner(await newSite());
    await owner.begin();
    for (const role of ['root', 'timestamp']) {
      expect((await owner.get(`${role}.json`)).headers['last-modified']).toBe('Sat, 21 Nov 2026 12:00:00 GMT');
    }
  });

  it('is another one after the next publish, also where the answer was kept ready', async () => {
    const owner = await newOwner(await newSite());
    await owner.begin();
    for (const role of ['targets', 'snapshot', 'timestamp']) await owner.get(`${role}.json`);
    const parts = await owner.tagged('v1');
    await owner.post(parts);
    expect((await owner.get('targets.json')).body.equals(parts.get(TARGETS) ?? Buffer.alloc(0))).toBe(true);
    expect((await owner.read()).targets.content.targets.has('v1')).toBe(true);
  });

  it('is kept by no cache where the ages are 0, and by no shared one where credentials are asked for', async () => {
    const never = await newOwner(await newSite({ notary: { maxAges: { current: 0, consistent: 7 } } }));
    await never.begin();
    const { headers } = await never.get('root.json');
    expect([headers['cache-control'], headers.pragma]).toEqual(['max-age=0, no-cache, no-store', 'no-cache']);
    expect((await never.get('1.root.json')).headers['cache-control']).toBe('public, max-age=7, s-maxage=7');

    const access = join(await mkdtemp(join(tmpdir(), 'countersign-access-')), 'access.json');
    await writeFile(access, JSON.stringify([{ sha256: sha256(Buffer.from('secret')), guns: ['**'], actions: ['pull', 'push', 'admin'] }]));
    const site = await newSite({ access });
    const auth = { authorization: `Basic ${Buffer.from('anybody:secret').toString('base64')}` };
    const owner = await newOwner({
      ...site,
      ask: (path, question) => site.ask(path, { ...question, headers: { ...question?.headers, ...auth } }),
    });
    await owner.begin();
    expect((await owner.get('root.json')).headers['cache-control']).toBe('private, max-age=300, must-revalidate');
    const refused = await site.ask(`${owner.base}root.json`);
    expect([refused.status, refused.refusal.code, refused.headers['www-authenticate']]).toEqual([
      401,
      'UNAUTHORIZED',
      'Basic realm="countersign", charset="UTF-8"',
    ]);
    expect((await site.ask('/v2/')).status).toBe(401);
    expect((await site.ask('/v2/', { headers: auth })).status).toBe(200);
  });
});

describe('a name', () => {
  it.each([
    'a b',
    'Team/App',
    '__proto__',
    'constructor',
    'a/_trust/tuf/b',
    'localhost:5000/x',
    'ü/✓',
    `a/${'b'.repeat(253)}`,
    'a?b',
    'a#b',
    'a%b',
  ])('%j has a repository like others', async (gun) => {
    const site = await newSite();
    const owner = await newOwner(site, { gun });
    const base = owner.base.replace(/[?#]/g, encodeURIComponent);
    const open = { ...owner, base };
    expect((await site.ask(`${base}root.json`)).status).toBe(404);
    const parts = await open.repository.first();
    const { FORM, form } = await import('./site.ts');
    expect((await site.ask(base, { method: 'POST', headers: FORM, body: form(parts) })).status).toBe(200);
    expect((await site.ask(`${base}root.json`)).body.equals(parts.get(ROOT) ?? Buffer.alloc(0))).toBe(true);
    const folded = base.replace('/_trust/tuf/', '/_TRUST/tuf/');
    expect((await site.ask(`${folded}root.json`)).status).toBe(404);
  });

  it.each(['c'.repeat(256), 'a%5Cb', 'a%0Ab', 'a%00b', 'ü'.repeat(128)])('%s is nobody’s: an upload is told so', async (name) => {
    const site = await newSite();
    const base = `/v2/${encodeURI(decodeURIComponent(name))}/_trust/tuf/`;
    expect((await site.ask(base, { method: 'POST' })).refusal.code).toBe('INVALID_GUN');
    for (const file of ['root.json', 'timestamp.key']) expect((await site.ask(`${base}${file}`)).status).toBe(404);
    expect((await site.ask(base, { method: 'DELETE' })).status).toBe(404);
  });
});
