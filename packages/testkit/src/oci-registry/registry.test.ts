// The registry speaks OCI as the specification says, and real clients agree.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { digestWith } from './content.ts';
import { pushSampleImage, type RegistryOptions, sampleImage, startRegistry, type TestRegistry } from './index.ts';

const run = promisify(execFile);
const has = (program: string): Promise<boolean> =>
  run(program, ['--version']).then(
    () => true,
    () => false,
  );
const [skopeo, podman] = await Promise.all([has('skopeo'), has('podman')]);

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function start(options?: RegistryOptions): Promise<TestRegistry & { url: (path: string) => string }> {
  const registry = await startRegistry(options);
  open.push(() => registry.close());
  return { ...registry, url: (path) => new URL(path, `http://${registry.host}/v2/`).href };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'countersign-registry-'));
  open.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

const codeOf = async (response: Response): Promise<unknown> => ((await response.json()) as { errors: { code: string }[] }).errors[0]?.code;
const bytes = new TextEncoder().encode('a blob of some bytes');
const digest = digestWith('sha256', bytes);
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

describe('blobs', () => {
  it('arrive in one request, in two, and in pieces', async () => {
    const { url } = await start();
    expect((await fetch(url(`a/blobs/uploads/?digest=${digest}`), { method: 'POST', body: bytes })).status).toBe(201);
    const begun = await fetch(url('b/blobs/uploads/'), { method: 'POST' });
    const session = begun.headers.get('location') ?? '';
    expect((await fetch(url(`${session}?digest=${digest}`), { method: 'PUT', body: bytes })).status).toBe(201);
    const pieces = (await fetch(url('c/blobs/uploads/'), { method: 'POST' })).headers.get('location') ?? '';
    const patch = (range: string, body: Uint8Array): Promise<Response> =>
      fetch(url(pieces), { method: 'PATCH', headers: { 'content-range': range }, body: new Uint8Array(body) });
    expect((await patch('0-4', bytes.subarray(0, 5))).headers.get('range')).toBe('0-4');
    const early = await patch('9-19', bytes.subarray(9));
    expect([early.status, early.headers.get('range'), early.headers.get('location')]).toEqual([416, '0-4', pieces]);
    expect((await patch('5-19', bytes.subarray(5))).status).toBe(202);
    expect((await fetch(url(pieces))).status).toBe(204);
    expect((await fetch(url(`${pieces}?digest=${digest}`), { method: 'PUT' })).status).toBe(201);
    for (const name of ['a', 'b', 'c']) expect(await (await fetch(url(`${name}/blobs/${digest}`))).text()).toBe('a blob of some bytes');
  });

  it('are mounted, or uploaded where there is nothing to mount', async () => {
    const registry = await start();
    registry.putBlob('from', bytes);
    const mount = (query: string): Promise<Response> => fetch(registry.url(`to/blobs/uploads/?mount=${query}`), { method: 'POST' });
    expect((await mount(`${digest}&from=elsewhere`)).status).toBe(202);
    expect((await mount(`${digest}&from=from`)).status).toBe(201);
    expect((await fetch(registry.url(`to/blobs/${digest}`), { method: 'HEAD' })).headers.get('content-length')).toBe('20');
  });

  it('are refused under a digest that is not theirs', async () => {
    const { url } = await start();
    const wrong = digest.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    const refused = await fetch(url(`a/blobs/uploads/?digest=${wrong}`), { method: 'POST', body: bytes });
    expect([refused.status, await codeOf(refused)]).toEqual([400, 'DIGEST_INVALID']);
  });

  it('are served in part, and deleted', async () => {
    const registry = await start();
    registry.putBlob('a', bytes);
    const part = (range: string): Promise<Response> => fetch(registry.url(`a/blobs/${digest}`), { headers: { range } });
    expect([(await part('bytes=2-5')).status, await (await part('bytes=2-5')).text(), await (await part('bytes=-5')).text()]).toEqual([
      206,
      'blob',
      'bytes',
    ]);
    expect((await part('bytes=20-')).status).toBe(416);
    expect((await fetch(registry.url(`a/blobs/${digest}`), { method: 'DELETE' })).status).toBe(202);
    expect((await part('bytes=0-1')).status).toBe(404);
  });
});

describe('manifests', () => {
  const image = sampleImage({ seed: 'one' });
  const put = (registry: { url: (path: string) => string }, reference: string, body: Uint8Array, type: string): Promise<Response> =>
    fetch(registry.url(`a/manifests/${reference}`), { method: 'PUT', body: new Uint8Array(body), headers: { 'content-type': type } });

  it('come back byte for byte, by tag and by digest, to GET and to HEAD', async () => {
    const registry = await start();
    const digestOfIndex = pushSampleImage(registry, 'a', 'v1', { seed: 'one' });
    for (const reference of ['v1', digestOfIndex]) {
      const got = await fetch(registry.url(`a/manifests/${reference}`));
      expect(new Uint8Array(await got.arrayBuffer())).toEqual(new Uint8Array(image.index.bytes));
      const head = await fetch(registry.url(`a/manifests/${reference}`), { method: 'HEAD' });
      expect([head.headers.get('content-type'), head.headers.get('content-length'), head.headers.get('docker-content-digest')]).toEqual([
        image.index.mediaType,
        String(image.index.bytes.length),
        digestOfIndex,
      ]);
    }
  });

  it('are refused without their blobs, with another type, with another digest, or too large', async () => {
    const registry = await start();
    const [manifest] = image.manifests;
    const body = manifest?.bytes ?? new Uint8Array();
    const missing = await put(registry, 'v1', body, OCI_MANIFEST);
    expect([missing.status, await codeOf(missing)]).toEqual([404, 'MANIFEST_BLOB_UNKNOWN']);
    for (const blob of image.blobs) registry.putBlob('a', blob);
    expect((await put(registry, 'v1', body, OCI_MANIFEST)).status).toBe(201);
    expect(await codeOf(await put(registry, 'v1', body, image.index.mediaType))).toBe('MANIFEST_INVALID');
    expect(await codeOf(await put(registry, digest, body, OCI_MANIFEST))).toBe('DIGEST_INVALID');
    expect((await put(registry, 'v1', new Uint8Array(4 * 1024 * 1024 + 1), OCI_MANIFEST)).status).toBe(413);
  });

  it('are listed by tag, in order and in pages, and by what they refer to', async () => {
    const registry = await start();
    const subject = pushSampleImage(registry, 'a', 'v1', { seed: 'one' });
    for (const tag of ['v3', 'v2']) registry.retag('a', tag, subject);
    const first = await fetch(registry.url('a/tags/list?n=2'));
    expect(await first.json()).toEqual({ name: 'a', tags: ['v1', 'v2'] });
    expect(first.headers.get('link')).toBe('</v2/a/tags/list?n=2&last=v2>; rel="next"');
    expect(await (await fetch(registry.url('a/tags/list?n=2&last=v2'))).json()).toEqual({ name: 'a', tags: ['v3'] });
    const body = JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: 'x/y',
      subject: { digest: subject },
      layers: [],
    });
    const pushed = await put(registry, 'sig', new TextEncoder().encode(body), OCI_MANIFEST);
    expect(pushed.headers.get('oci-subject')).toBe(subject);
    const referrers = async (query: string): Promise<unknown[]> =>
      ((await (await fetch(registry.url(`a/referrers/${subject}${query}`))).json()) as { manifests: unknown[] }).manifests;
    expect([
      (await referrers('')).length,
      (await referrers('?artifactType=x/y')).length,
      (await referrers('?artifactType=z')).length,
    ]).toEqual([1, 1, 0]);
  });

  it('vanish with their tags when deleted by digest, and keep living when only a tag goes', async () => {
    const registry = await start();
    const target = pushSampleImage(registry, 'a', 'v1', { seed: 'one' });
    registry.retag('a', 'v2', target);
    const remove = (reference: string): Promise<Response> => fetch(registry.url(`a/manifests/${reference}`), { method: 'DELETE' });
    expect((await remove('v2')).status).toBe(202);
    expect(registry.digestOfTag('a', 'v1')).toBe(target);
    expect((await remove(target)).status).toBe(202);
    expect(registry.digestOfTag('a', 'v1')).toBeUndefined();
  });
});

describe('tokens', () => {
  const auth = { mode: 'token', username: 'ann', password: 'pw', anonymous: 'pull', identityToken: 'idt' } as const;

  it('are asked for with a challenge and give what the account may do', async () => {
    const registry = await start({ auth });
    pushSampleImage(registry, 'a', 'v1', { seed: 'one' });
    const challenge = (await fetch(registry.url('a/manifests/v1'))).headers.get('www-authenticate');
    expect(challenge).toBe(`Bearer realm="${registry.realm}",service="a test registry",scope="repository:a:pull"`);
    const scope = 'scope=repository:a:pull,push';
    const token = async (init: RequestInit): Promise<string> =>
      ((await (await fetch(`${registry.realm}?${scope}`, init)).json()) as { token: string }).token;
    const status = async (method: string, bearer: string): Promise<number> =>
      (await fetch(registry.url('a/manifests/v1'), { method, headers: { authorization: `Bearer ${bearer}` } })).status;
    const anonymous = await token({});
    expect([await status('GET', anonymous), await status('PUT', anonymous)]).toEqual([200, 401]);
    const ann = await token({ headers: { authorization: `Basic ${btoa('ann:pw')}` } });
    expect([await status('GET', ann), await status('PUT', ann)]).toEqual([200, 400]);
    const refreshed = await token({ method: 'POST', body: new URLSearchParams(`grant_type=refresh_token&refresh_token=idt&${scope}`) });
    expect(await status('PUT', refreshed)).toBe(400);
    expect((await fetch(registry.realm, { headers: { authorization: `Basic ${btoa('ann:wrong')}` } })).status).toBe(401);
  });
});

describe('lies on request', () => {
  it('move a tag, and serve other bytes under an old digest', async () => {
    const registry = await start();
    const good = pushSampleImage(registry, 'a', 'v1', { seed: 'one' });
    const evil = pushSampleImage(registry, 'a', 'evil', { seed: 'two' });
    registry.retag('a', 'v1', evil);
    expect((await fetch(registry.url('a/manifests/v1'))).headers.get('docker-content-digest')).toBe(evil);
    registry.retag('a', 'v1', good);
    registry.replaceManifestBytes('a', 'v1', new TextEncoder().encode('{"forged":true}'));
    const forged = await fetch(registry.url(`a/manifests/${good}`));
    expect([forged.headers.get('docker-content-digest'), await forged.text()]).toEqual([good, '{"forged":true}']);
  });

  it('answer in place of the registry', async () => {
    const registry = await start({
      intercept: ({ url }) => (url.pathname === '/v2/a/tags/list' ? { status: 503, headers: {} } : undefined),
    });
    expect((await fetch(registry.url('a/tags/list'))).status).toBe(503);
    expect((await fetch(registry.url(''))).status).toBe(200);
    expect(registry.requests.map(({ path, status }) => [path, status])).toEqual([
      ['/v2/a/tags/list', 503],
      ['/v2/', 200],
    ]);
  });
});

describe('real clients', () => {
  const auth = { mode: 'token', username: 'ann', password: 'pw', anonymous: 'nothing' } as const;

  it.skipIf(!skopeo)('skopeo copies an index out and in again, with a password, and sees the same digest', async () => {
    const registry = await start({ auth });
    const target = pushSampleImage(registry, 'team/app', 'v1', { seed: 'one' });
    const layout = `oci:${await folder()}:app`;
    const name = `docker://${registry.host}/team/app`;
    await run('skopeo', ['copy', '-q', '--all', '--src-tls-verify=false', '--src-creds=ann:pw', `${name}:v1`, layout]);
    await run('skopeo', ['copy', '-q', '--all', '--dest-tls-verify=false', '--dest-creds=ann:pw', layout, `${name}-copy:v2`]);
    expect(registry.digestOfTag('team/app-copy', 'v2')).toBe(target);
    const refused = run('skopeo', ['inspect', '--raw', '--tls-verify=false', '--creds=ann:wrong', `${name}:v1`]);
    await expect(refused).rejects.toThrow(/incorrect username or password/);
  });

  it.skipIf(!podman)('podman pulls one platform and pushes it', async () => {
    const registry = await start();
    pushSampleImage(registry, 'team/app', 'v1', { seed: 'one' });
    const home = await folder();
    const base = ['--root', join(home, 'root'), '--runroot', join(home, 'run'), '--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs'];
    const name = `${registry.host}/team/app`;
    await run('podman', [...base, 'pull', '-q', '--tls-verify=false', '--arch', 'arm64', `${name}:v1`]);
    await run('podman', [...base, 'push', '-q', '--tls-verify=false', `${name}:v1`, `${registry.host}/other/app:v2`]);
    expect(registry.digestOfTag('other/app', 'v2')).toMatch(/^sha256:/);
  });
});
