import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Updater } from 'tuf-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Machine, machine, type RunningServer, serve, temporaryFolder } from '../lab/countersign.ts';

const GUN = 'registry.example.com/team/app';
const DIGEST = `sha256:${'5a'.repeat(32)}`;

describe('tuf-js, pointed at a running server', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: RunningServer;
  let publisher: Machine;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await serve(join(folder.path, 'data'));
    publisher = machine(folder.path, server.url);
    await publisher.countersign(['init', GUN]);
    await publisher.countersign(['sign', `${GUN}:v1`, '--digest', DIGEST, '--length', '1234']);
  });
  afterAll(async () => {
    await server?.kill('SIGTERM');
    await folder?.remove();
  });

  /** A stranger's client with nothing but root v1 and the URL. */
  const find = async (name: string, target: string, gun = GUN) => {
    const metadataDir = join(folder.path, name);
    await mkdir(metadataDir, { recursive: true });
    const base = `${server.url.replace(/\/$/, '')}/v2/${gun}/_trust/metadata`;
    const root = await fetch(`${base}/1.root.json`);
    expect(root.status).toBe(200);
    await writeFile(join(metadataDir, 'root.json'), Buffer.from(await root.arrayBuffer()));
    const updater = new Updater({ metadataDir, metadataBaseUrl: base, targetDir: metadataDir, targetBaseUrl: base });
    await updater.refresh();
    return updater.getTargetInfo(target);
  };

  it('refreshes and finds the signed tag', async () => {
    expect((await find('first', 'v1'))?.hashes['sha256']).toBe(DIGEST.slice('sha256:'.length));
    expect(await find('absent', 'v2')).toBeUndefined();
  });

  it('does so after a root rotation, from root v1 and from what it kept', async () => {
    await publisher.countersign(['key', 'rotate', 'root', GUN]);
    await publisher.countersign(['key', 'rotate', 'timestamp', GUN]);
    await publisher.countersign(['key', 'rotate', 'snapshot', GUN]);
    await publisher.countersign(['key', 'rotate', 'targets', GUN]);
    await publisher.countersign(['sign', `${GUN}:v2`, '--digest', DIGEST, '--length', '1234']);
    for (const client of ['first', 'fresh']) {
      for (const tag of ['v1', 'v2']) expect((await find(client, tag))?.hashes['sha256']).toBe(DIGEST.slice('sha256:'.length));
    }
  });

  it('finds a tag in one of 32 hash bins, and another beside them in the role of a team', async () => {
    const gun = 'registry.example.com/team/large';
    await publisher.countersign(['init', gun, '--bins', '5']);
    await publisher.countersign(['key', 'generate', '--label', 'ann']);
    await publisher.countersign(['signer', 'add', 'ann', '--repo', gun, '--key', 'ann', '--team', 'team', '--paths', 'docs/*']);
    await publisher.countersign(['sign', `${gun}:docs/a`, '--digest', DIGEST, '--length', '1234', '--as', 'team']);
    for (const tag of ['v1', 'v2', 'v3'])
      await publisher.countersign(['sign', `${gun}:${tag}`, '--digest', DIGEST, '--length', '1234', '--as', 'releases']);
    for (const name of ['v1', 'v2', 'v3', 'docs/a']) expect((await find('bins', name, gun))?.length).toBe(1234);
    expect(await find('bins', 'v4', gun)).toBeUndefined();
    await publisher.countersign(['revoke', `${gun}:v2`, '--yes']);
    await publisher.countersign(['key', 'rotate', 'releases', gun]);
    expect(await find('bins', 'v2', gun)).toBeUndefined();
    expect((await find('bins', 'v3', gun))?.hashes['sha256']).toBe(DIGEST.slice('sha256:'.length));
  });
});
