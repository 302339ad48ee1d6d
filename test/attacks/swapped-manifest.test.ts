// A registry that changes what a tag means after it was pushed, or says another digest than it serves. What was built is what is
// signed; what arrives is what is hashed.
import { nativeCryptography } from '@countersign/crypto-native';
import { createHttp } from '@countersign/http';
import { createRegistry, noCredentials, PUBLIC_REALMS, type Registry } from '@countersign/registry';
import { pushSampleImage, type RegistryOptions, sampleImage, startRegistry, type TestRegistry } from '@countersign/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { image, published } from './victims/story.ts';
import type { Victim } from './victims/victim.ts';
import { against, refusal } from './victims/victims.ts';

const NAME = 'team/app';
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A registry that holds the image of v1, and a client of it. */
async function open(options: RegistryOptions = {}): Promise<{ registry: TestRegistry; client: Registry }> {
  const registry = await startRegistry(options);
  const timeouts = { connectMs: 2_000, idleMs: 2_000, totalMs: 5_000 };
  const http = createHttp({ plainHttp: 'loopback-only', timeouts, userAgent: 'victim' });
  closing.push(
    () => registry.close(),
    () => http.close(),
  );
  pushSampleImage(registry, NAME, 'v1', { seed: 'v1' });
  pushSampleImage(registry, NAME, 'evil', { seed: 'evil' });
  const shared = { crypto: nativeCryptography(), realms: PUBLIC_REALMS, now: () => performance.now() };
  return { registry, client: createRegistry({ http, credentials: noCredentials, plainHttp: 'loopback-only', ...shared }) };
}

/** What the registry says v1 is, now. */
async function look(victim: Victim, { host }: TestRegistry, client: Registry): Promise<void> {
  victim.registry.set('v1', await client.manifest({ host, repository: NAME, reference: 'v1' }));
}

against('notices a registry', (start) => {
  it('that moves the tag after it was signed', async () => {
    const { registry, client } = await open();
    const victim = await start(await published(['v1']));
    await look(victim, registry, client);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    registry.retag(NAME, 'v1', registry.digestOfTag(NAME, 'evil') ?? '');
    await look(victim, registry, client);
    expect(await refusal(victim.verify('v1'))).toBe('mismatch');
  });

  it('that serves other bytes under the digest that was signed', async () => {
    const { registry, client } = await open();
    const victim = await start(await published(['v1']));
    registry.replaceManifestBytes(NAME, 'v1', sampleImage({ seed: 'evil' }).index.bytes);
    expect(registry.digestOfTag(NAME, 'v1')).toBe(image('v1').digest);
    await look(victim, registry, client);
    expect(await refusal(victim.verify('v1'))).toBe('mismatch');
  });
});

describe('the registry client', () => {
  it('says what it pushed, whatever the registry answers', async () => {
    const evil = sampleImage({ seed: 'evil' }).index.digest;
    const { registry, client } = await open({
      intercept: ({ method, url }) =>
        method === 'PUT' && url.pathname.includes('/manifests/')
          ? { status: 201, headers: { 'docker-content-digest': evil, location: `/v2/${NAME}/manifests/${evil}` }, body: Buffer.alloc(0) }
          : undefined,
    });
    const { bytes, mediaType, digest } = image('v1');
    expect(await client.putManifest({ host: registry.host, repository: NAME, reference: 'v1' }, { bytes, mediaType })).toBe(digest);
  });

  it('takes no bytes for a digest that they do not have', async () => {
    const { registry, client } = await open();
    registry.replaceManifestBytes(NAME, 'v1', sampleImage({ seed: 'evil' }).index.bytes);
    const address = { host: registry.host, repository: NAME, reference: image('v1').digest };
    expect(await refusal(client.manifest(address))).toBe('mismatch');
  });
});
