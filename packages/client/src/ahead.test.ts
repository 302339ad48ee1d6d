import { imageEntry, parseDigest } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { type MetadataServer, type Simulator, simulate, startMetadataServer, strippedSignatures } from '@countersign/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeMachines, type Machine, machine } from '../test/machine.ts';

const entry = imageEntry({
  digest: parseDigest(`sha256:${'a1'.repeat(32)}`),
  length: 1,
  mediaType: 'application/vnd.oci.image.index.v1+json',
});

describe('a request sent ahead', () => {
  let repository: Simulator;
  let server: MetadataServer;
  let here: Machine;
  beforeEach(async () => {
    repository = await simulate();
    await repository.publish({ v1: entry });
    server = await startMetadataServer(new Map([[repository.gun, repository]]));
    here = await machine(server.url, repository.now);
    here.believes = repository.anchor();
    await here.client().refresh(repository.gun);
    server.requests.splice(0);
  });
  afterEach(async () => {
    await server.close();
    await closeMachines();
  });
  const asked = (): string[] => server.requests.splice(0).map(({ path }) => path);

  it('is made once, and costs no request more', async () => {
    await here.client().refresh(repository.gun);
    expect(asked().sort()).toEqual(['2.root.json', 'timestamp.json']);
  });

  it('for a timestamp is made again when a newer root has come with another timestamp key', async () => {
    await repository.rotate(new Map([['timestamp', [generateSigner('ed25519')]]]));
    const early = repository.served.get('timestamp.json');
    await repository.timestamp();
    // What was under way while the root was rotated: signed by the key before.
    let served = 0;
    server.intercept = (_gun, path) => {
      if (path !== 'timestamp.json' || early === undefined) return undefined;
      served += 1;
      return served === 1 ? { do: 'bytes', bytes: early } : undefined;
    };
    await here.client().refresh(repository.gun);
    expect(asked().filter((path) => path === 'timestamp.json')).toHaveLength(2);
  });

  it('is judged under the root that came between the two answers', async () => {
    await repository.rotate(new Map([['timestamp', [generateSigner('ed25519')]]]));
    await repository.timestamp();
    let looks = 0;
    server.intercept = (_gun, path) => {
      if (path !== '2.root.json') return undefined;
      looks += 1;
      return looks === 1 ? { do: 'status', status: 404 } : undefined;
    };
    const trusted = await here.client().refresh(repository.gun);
    expect(trusted.roles.root.version).toBe(2);
    const paths = asked();
    expect(paths.filter((path) => path === '2.root.json')).toHaveLength(2);
    expect(paths.filter((path) => path === '3.root.json')).toHaveLength(1);
  });

  it('that fails is nobody’s business while the root is refused', async () => {
    server.lies.set('timestamp.json', { do: 'hang-up' });
    server.lies.set('2.root.json', { do: 'bytes', bytes: new TextEncoder().encode('{}') });
    await expect(here.client().refresh(repository.gun)).rejects.toMatchObject({ code: 'malformed' });
    server.lies.delete('2.root.json');
    await expect(here.client().refresh(repository.gun)).rejects.toMatchObject({ name: 'FetchError' });
  });

  it('never makes a missing root of a timestamp that is there', async () => {
    server.lies.set('2.root.json', { do: 'status', status: 503 });
    await expect(here.client().refresh(repository.gun)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('what a file names', () => {
  let repository: Simulator;
  let server: MetadataServer;
  let here: Machine;
  beforeEach(async () => {
    repository = await simulate();
    await repository.publish({ v1: entry });
    server = await startMetadataServer(new Map([[repository.gun, repository]]));
    here = await machine(server.url, repository.now);
    here.believes = repository.anchor();
  });
  afterEach(async () => {
    await server.close();
    await closeMachines();
  });
  const asked = (): string[] => server.requests.splice(0).map(({ path }) => path);
  const corrupted = (path: string): Uint8Array => {
    const bytes = repository.served.get(path);
    if (bytes === undefined) throw new Error(`no ${path}`);
    return strippedSignatures(bytes);
  };

  it('is asked for once, whoever asks first', async () => {
    await here.client().refresh(repository.gun);
    const paths = asked();
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths.filter((path) => path.endsWith('.releases.json'))).toHaveLength(1);
  });

  it('is not asked for again when it is at hand', async () => {
    await here.client().refresh(repository.gun);
    asked();
    await repository.timestamp();
    await here.client().refresh(repository.gun);
    expect(asked().sort()).toEqual(['2.root.json', 'timestamp.json']);
  });

  it('in an unsigned timestamp is one request for each role at most, and nothing is remembered of it', async () => {
    await here.client().refresh(repository.gun);
    await repository.publish({});
    asked();
    server.lies.set('timestamp.json', { do: 'bytes', bytes: corrupted('timestamp.json') });
    await expect(here.client().refresh(repository.gun)).rejects.toMatchObject({ code: 'signature' });
    const roles = asked().map((path) => path.replace(/^\d+\./, ''));
    // A newer root could have explained it, and is asked for once more.
    expect(roles.filter((path) => path === 'root.json')).toHaveLength(2);
    expect(new Set(roles).size).toBe(roles.length - 1);
    server.lies.clear();
    for (const path of repository.served.keys())
      if (/^\d+\.(?:snapshot|releases)/.test(path)) server.lies.set(path, { do: 'status', status: 503 });
    // What was fetched for the unsigned one is not at hand now.
    await expect(here.client().refresh(repository.gun)).rejects.toMatchObject({ code: 'unavailable' });
    server.lies.clear();
    await here.client().refresh(repository.gun);
  });

  it('as long as only somebody who signs may demand is not asked for', async () => {
    const bytes = repository.served.get('timestamp.json');
    const text = new TextDecoder().decode(bytes).replace(/"length":\d+/, '"length":1900000');
    server.lies.set('timestamp.json', { do: 'bytes', bytes: new TextEncoder().encode(text) });
    await expect(here.client().refresh(repository.gun)).rejects.toMatchObject({ code: 'signature' });
    expect(asked().some((path) => path.includes('snapshot'))).toBe(false);
  });
});
