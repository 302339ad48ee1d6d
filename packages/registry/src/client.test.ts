// The client against the registry in memory: what it brings, what it believes, and how it gets in.
import { digestOf, portable } from '@countersign/core';
import { createHttp, type HttpClient } from '@countersign/http';
import {
  pushSampleImage,
  type RegistryAuth,
  type RegistryOptions,
  sampleImage,
  startRegistry,
  type TestRegistry,
} from '@countersign/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { type Credential, type CredentialSource, createRegistry, noCredentials, type Realms, type Registry } from './index.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(options: RegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startRegistry(options);
  open.push(registry);
  return registry;
}

function http(): HttpClient {
  const timeouts = { connectMs: 2000, idleMs: 2000, totalMs: 5000 };
  const made = createHttp({ plainHttp: 'loopback-only', timeouts, userAgent: 'test' });
  open.push(made);
  return made;
}

const only = (credential: Credential): CredentialSource => ({ credentialFor: () => Promise.resolve(credential) });
const ann = only({ kind: 'password', username: 'ann', password: 'hunter2' });

interface ClientOptions {
  readonly credentials?: CredentialSource;
  readonly realms?: Realms;
  readonly now?: () => number;
}
const client = ({ credentials = noCredentials, realms = new Map(), now = () => 0 }: ClientOptions = {}): Registry =>
  createRegistry({ http: http(), credentials, plainHttp: 'loopback-only', crypto: portable(), realms, now });

const tokenAuth = {
  mode: 'token',
  username: 'ann',
  password: 'hunter2',
  anonymous: 'nothing',
  identityToken: 'hunter3',
} as const satisfies RegistryAuth;
const repository = 'team/app';
const seed = { seed: 'one' };
const fromRealm = (registry: TestRegistry): TestRegistry['requests'] => registry.requests.filter(({ server }) => server === 'realm');

describe('a manifest', () => {
  it('comes by tag and by digest, with a digest of its bytes', async () => {
    const registry = await start();
    const digest = pushSampleImage(registry, repository, 'v1', seed);
    const { index } = sampleImage(seed);
    for (const reference of ['v1', digest]) {
      const manifest = await client().manifest({ host: registry.host, repository, reference });
      expect(manifest).toEqual({ bytes: new Uint8Array(index.bytes), mediaType: index.mediaType, digest });
    }
  });

  it('is not taken from a header that lies', async () => {
    const registry = await start();
    const digest = pushSampleImage(registry, repository, 'v1', seed);
    const forged = sampleImage({ seed: 'evil' }).index;
    registry.replaceManifestBytes(repository, 'v1', forged.bytes);
    const { digest: computed } = await client().manifest({ host: registry.host, repository, reference: 'v1' });
    expect([computed, registry.digestOfTag(repository, 'v1')]).toEqual([forged.digest, digest]);
    await expect(client().manifest({ host: registry.host, repository, reference: digest })).rejects.toMatchObject({ code: 'mismatch' });
  });

  it('is refused beyond 4 MiB', async () => {
    const registry = await start();
    const { mediaType } = sampleImage(seed).index;
    registry.putManifest(repository, 'v1', new Uint8Array(4 * 1024 * 1024 + 1), mediaType);
    await expect(client().manifest({ host: registry.host, repository, reference: 'v1' })).rejects.toMatchObject({ code: 'too-large' });
  });

  it('is refused when its body is something else than its content type', async () => {
    const registry = await start();
    const { index, manifests } = sampleImage(seed);
    registry.putManifest(repository, 'v1', index.bytes, manifests[0]?.mediaType ?? '');
    await expect(client().manifest({ host: registry.host, repository, reference: 'v1' })).rejects.toMatchObject({ code: 'bad-reply' });
  });

  it('that is not there is not found, in the words of the registry', async () => {
    const registry = await start();
    await expect(client().manifest({ host: registry.host, repository, reference: 'v1' })).rejects.toMatchObject({
      code: 'not-found',
      message: `${registry.host}/team/app:v1: the registry does not have it, "repository name not known to registry"`,
    });
  });

  it('is not asked for under what is neither a tag nor a digest', async () => {
    const registry = await start();
    for (const reference of ['', '../../x', 'v1?x', 'sha256:ab', '-v1']) {
      await expect(client().manifest({ host: registry.host, repository, reference })).rejects.toMatchObject({ name: 'FormatError' });
    }
    expect(registry.requests).toEqual([]);
  });

  it('of a busy or broken registry is unreachable, with its first words, trimmed', async () => {
    const answers = [
      [
        429,
        { 'retry-after': '30' },
        JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message: 'slow down' }] }),
        /fewer requests \(429\), "slow down", try again in 30 s$/,
      ],
      [503, {}, JSON.stringify({ errors: [{ code: 'UNAVAILABLE' }] }), /in trouble \(503\), "UNAVAILABLE"$/],
      [500, {}, '<html>', /in trouble \(500\)$/],
      [502, {}, JSON.stringify({ errors: [{ message: `\u001b[31m${'x'.repeat(500)}` }] }), /"\\u001b\[31mx{1,80}\.\.\."$/],
    ] as const;
    for (const [status, headers, body, message] of answers) {
      const registry = await start({ intercept: () => ({ status, headers, body: Buffer.from(body) }) });
      const error: unknown = await client()
        .manifest({ host: registry.host, repository, reference: 'v1' })
        .catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'unreachable', message: expect.stringMatching(message), details: { status } });
    }
  });

  it('is read over plain http only from loopback, whatever the registry is called', async () => {
    const timeouts = { connectMs: 2000, idleMs: 2000, totalMs: 5000 };
    const registry = await start();
    pushSampleImage(registry, repository, 'v1', seed);
    const port = registry.host.split(':')[1];
    const named = createHttp({
      plainHttp: 'loopback-only',
      timeouts,
      userAgent: 'test',
      lookup: (_name, options, callback) =>
        options.all === true ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4),
    });
    open.push(named);
    const options = { http: named, credentials: noCredentials, crypto: portable(), realms: new Map(), now: () => 0 };
    const ask = (host: string, plainHttp: 'loopback-only' | 'unsafe-anywhere'): Promise<unknown> =>
      createRegistry({ ...options, plainHttp }).manifest({ host, repository, reference: 'v1' });
    await expect(ask(`registry.example:${port}`, 'loopback-only')).rejects.toMatchObject({ code: 'unreachable', details: { step: 'tls' } });
    await expect(ask(`localhost:${port}`, 'loopback-only')).resolves.toBeDefined();
    await expect(ask(`registry.example:${port}`, 'unsafe-anywhere')).resolves.toBeDefined();
  });
});

describe('an image', () => {
  it('is pushed blob by blob and comes back whole', async () => {
    const registry = await start({ auth: tokenAuth });
    const { blobs, manifests, index } = sampleImage(seed);
    const push = client({ credentials: ann });
    const address = { host: registry.host, repository };
    for (const blob of [...blobs, ...blobs]) await push.putBlob(address, blob);
    for (const manifest of manifests) await push.putManifest({ ...address, reference: manifest.digest }, manifest);
    expect(await push.putManifest({ ...address, reference: 'v1' }, index)).toBe(index.digest);
    expect(registry.requests.filter(({ method, server }) => method === 'PUT' && server === 'registry')).toHaveLength(blobs.length + 3);
    const [layer = new Uint8Array()] = blobs;
    const digest = await push.putBlob(address, layer);
    expect(await push.blob({ ...address, digest }, 10_000)).toEqual(new Uint8Array(layer));
    await expect(push.blob({ ...address, digest }, layer.length - 1)).rejects.toMatchObject({ code: 'too-large' });
    expect(await push.tags(address)).toEqual(['v1']);
  });

  it('is not put under a digest that is not its own', async () => {
    const registry = await start();
    const [first, second] = sampleImage(seed).manifests;
    if (first === undefined || second === undefined) throw new Error('two platforms');
    const put = client().putManifest({ host: registry.host, repository, reference: second.digest }, first);
    await expect(put).rejects.toMatchObject({ code: 'mismatch' });
    expect(registry.requests).toEqual([]);
  });

  it('is refused when a blob is another than its digest says', async () => {
    const digest = digestOf(portable(), new TextEncoder().encode('honest'));
    const registry = await start({
      intercept: () => ({ status: 200, headers: { 'docker-content-digest': digest }, body: Buffer.from('forged') }),
    });
    await expect(client().blob({ host: registry.host, repository, digest }, 100)).rejects.toMatchObject({ code: 'mismatch' });
  });

  it('is uploaded without credentials to a place elsewhere', async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = await start({
      intercept: ({ headers }) => {
        seen.push(headers.get('authorization'));
        return { status: 201, headers: {} };
      },
    });
    const registry = await start({
      auth: { mode: 'basic', username: 'ann', password: 'hunter2' },
      intercept: ({ method, headers }) =>
        method === 'POST' && headers.has('authorization')
          ? { status: 202, headers: { location: `http://${elsewhere.host}/upload?state=1` } }
          : undefined,
    });
    await client({ credentials: ann }).putBlob({ host: registry.host, repository }, new Uint8Array(10));
    expect(seen).toEqual([undefined]);
    expect(elsewhere.requests.map(({ path }) => path.replace(/sha256.*/, ''))).toEqual(['/upload?state=1&digest=']);
  });
});

describe('tags', () => {
  it('are read page by page, on the same server only', async () => {
    const registry = await start();
    const digest = pushSampleImage(registry, repository, 'a', seed);
    for (const tag of ['b', 'c']) registry.retag(repository, tag, digest);
    const address = { host: registry.host, repository };
    const paged = await start({
      intercept: ({ url }) => {
        const last = url.searchParams.get('last');
        const link: Readonly<Record<string, string>> = last === null ? { link: '</v2/team/app/tags/list?last=b>; rel="next"' } : {};
        return { status: 200, headers: link, body: Buffer.from(JSON.stringify({ tags: last === null ? ['a', 'b'] : ['c'] })) };
      },
    });
    expect(await client().tags(address)).toEqual(['a', 'b', 'c']);
    expect(await client().tags({ ...address, host: paged.host })).toEqual(['a', 'b', 'c']);
    const elsewhere = await start({
      intercept: () => ({ status: 200, headers: { link: `<http://${registry.host}/v2/>; rel=next` }, body: Buffer.from('{"tags":null}') }),
    });
    await expect(client().tags({ ...address, host: elsewhere.host })).rejects.toMatchObject({
      code: 'bad-reply',
      message: /another server/,
    });
    const endless = await start({
      intercept: () => ({ status: 200, headers: { link: '</v2/team/app/tags/list>; rel="next"' }, body: Buffer.from('{"tags":["a"]}') }),
    });
    await expect(client().tags({ ...address, host: endless.host })).rejects.toMatchObject({ code: 'bad-reply', message: /100 pages/ });
  });
});

describe('a registry that wants credentials', () => {
  const ask = (registry: TestRegistry, options: ClientOptions): Promise<unknown> =>
    client(options).manifest({ host: registry.host, repository, reference: 'v1' });

  it('gets a password, on its own server only', async () => {
    const registry = await start({ auth: { mode: 'basic', username: 'ann', password: 'hunter2' } });
    pushSampleImage(registry, repository, 'v1', seed);
    await ask(registry, { credentials: ann });
    expect(registry.requests.map(({ authorization }) => authorization?.slice(0, 6))).toEqual([undefined, 'Basic ']);
    await expect(ask(registry, {})).rejects.toMatchObject({ code: 'auth', message: /wants a user name and a password/ });
    const wrong = only({ kind: 'password', username: 'ann', password: 'hunter4' });
    const error: unknown = await ask(registry, { credentials: wrong }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'auth' });
    expect(String(error)).not.toContain('hunter4');
  });

  it('gives a token to someone without credentials, for a password, and for an identity token', async () => {
    const registry = await start({ auth: { ...tokenAuth, anonymous: 'pull' } });
    pushSampleImage(registry, repository, 'v1', seed);
    await ask(registry, {});
    await ask(registry, { credentials: ann });
    await ask(registry, { credentials: only({ kind: 'identity-token', token: 'hunter3' }) });
    const [anonymous, password, identity] = fromRealm(registry);
    const query = 'service=a+test+registry&scope=repository%3Ateam%2Fapp%3Apull&client_id=countersign';
    expect([anonymous?.method, anonymous?.path, anonymous?.authorization]).toEqual(['GET', `/token?${query}`, undefined]);
    expect([password?.path, password?.authorization]).toEqual([`/token?${query}`, `Basic ${btoa('ann:hunter2')}`]);
    expect([identity?.method, identity?.path, identity?.authorization]).toEqual(['POST', '/token', undefined]);
    expect(identity?.body).toBe(`grant_type=refresh_token&${query}&refresh_token=hunter3`);
  });

  it('may be given a registry token as it is, and is not asked twice with one that it refused', async () => {
    const registry = await start({ auth: tokenAuth });
    const reading = client({ credentials: only({ kind: 'registry-token', token: 'hunter5' }) });
    for (const asked of [2, 3]) {
      await expect(reading.manifest({ host: registry.host, repository, reference: 'v1' })).rejects.toMatchObject({ code: 'auth' });
      expect(registry.requests).toHaveLength(asked);
    }
    expect(registry.requests.map(({ authorization }) => authorization)).toEqual([undefined, 'Bearer hunter5', 'Bearer hunter5']);
  });

  it('gets one token for many requests, until its time is over', async () => {
    const registry = await start({ auth: { ...tokenAuth, expiresIn: 100 } });
    pushSampleImage(registry, repository, 'v1', seed);
    let now = 0;
    const reading = client({ credentials: ann, now: () => now });
    const read = (): Promise<unknown> => reading.manifest({ host: registry.host, repository, reference: 'v1' });
    for (const at of [0, 50_000, 89_000]) {
      now = at;
      await read();
    }
    expect([fromRealm(registry).length, registry.requests.length]).toEqual([1, 5]);
    now = 91_000;
    await read();
    expect(fromRealm(registry)).toHaveLength(2);
  });

  it('is asked again with a new token when it forgot the old one', async () => {
    const registry = await start({ auth: tokenAuth });
    pushSampleImage(registry, repository, 'v1', seed);
    const reading = client({ credentials: ann });
    const read = (): Promise<unknown> => reading.manifest({ host: registry.host, repository, reference: 'v1' });
    await read();
    registry.revokeTokens();
    await read();
    expect(fromRealm(registry)).toHaveLength(2);
  });

  it('and refuses them is an error of the credentials, that names no secret', async () => {
    const registry = await start({ auth: tokenAuth });
    for (const credential of [
      { kind: 'password', username: 'ann', password: 'hunter4' },
      { kind: 'identity-token', token: 'hunter4' },
    ] as const) {
      const error: unknown = await ask(registry, { credentials: only(credential) }).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'bad-credentials', message: /"incorrect username or password"/ });
      expect(String(error)).not.toContain('hunter4');
    }
    await expect(ask(registry, {})).rejects.toMatchObject({ code: 'auth' });
  });

  it('asks for nothing that is understood', async () => {
    for (const challenge of ['', 'Negotiate', 'Digest realm="x"']) {
      const registry = await start({
        intercept: () => ({ status: 401, headers: challenge === '' ? {} : { 'www-authenticate': challenge } }),
      });
      await expect(ask(registry, { credentials: ann })).rejects.toMatchObject({ code: 'auth' });
    }
  });
});
