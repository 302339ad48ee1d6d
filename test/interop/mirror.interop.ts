// A static mirror, read by a TUF client that is not ours, while it is synced again and again: a dozen times, or MIRROR_ROUNDS.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { Updater } from 'tuf-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Machine, machine, type RunningServer, serve, temporaryFolder } from '../lab/countersign.ts';

const GUN = 'registry.example.com/team/app';
const DIGEST = `sha256:${'5a'.repeat(32)}`;
const ROUNDS = Number(process.env['MIRROR_ROUNDS'] ?? 12);

describe('tuf-js, pointed at a static mirror', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: RunningServer;
  let publisher: Machine;
  let clients = 0;
  const site = createServer((request, response) => {
    readFile(join(folder.path, 'mirror', normalize(decodeURIComponent(request.url ?? '/')))).then(
      (bytes) => response.writeHead(200).end(bytes),
      () => response.writeHead(404).end(),
    );
  });

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await serve(join(folder.path, 'data'));
    publisher = machine(folder.path, server.url);
    await publisher.countersign(['init', GUN]);
    await publisher.countersign(['sign', `${GUN}:v1`, '--digest', DIGEST, '--length', '1234']);
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    site.close();
    await server?.kill('SIGTERM');
    await folder?.remove();
  });

  const sync = (): Promise<unknown> =>
    publisher.countersign(['mirror', 'sync', GUN, '--to', join(folder.path, 'mirror'), '--once', '--prune']);
  const find = async (target: string): Promise<string | undefined> => {
    clients += 1;
    const metadataDir = join(folder.path, `client-${clients}`);
    await mkdir(metadataDir, { recursive: true });
    const base = `http://127.0.0.1:${(site.address() as AddressInfo).port}/v2/${GUN}/_trust/metadata`;
    const root = await fetch(`${base}/1.root.json`);
    expect(root.status).toBe(200);
    await writeFile(join(metadataDir, 'root.json'), Buffer.from(await root.arrayBuffer()));
    const updater = new Updater({ metadataDir, metadataBaseUrl: base, targetDir: metadataDir, targetBaseUrl: base });
    await updater.refresh();
    return (await updater.getTargetInfo(target))?.hashes['sha256'];
  };

  it('finds what is signed, from root v1 over a rotation', async () => {
    await publisher.countersign(['key', 'rotate', 'root', GUN]);
    await publisher.countersign(['key', 'rotate', 'timestamp', GUN]);
    await sync();
    expect(await find('v1')).toBe(DIGEST.slice('sha256:'.length));
    expect(await find('v2')).toBeUndefined();
  });

  it(`sees a whole set each time while it is synced ${ROUNDS} times`, async () => {
    let done = false;
    let read = 0;
    const looking = (async () => {
      while (!done) {
        expect(await find('v1')).toBe(DIGEST.slice('sha256:'.length));
        read += 1;
      }
    })();
    for (let round = 0; round < ROUNDS; round += 1) {
      await publisher.countersign(['sign', `${GUN}:t${round}`, '--digest', DIGEST, '--length', '1234']);
      await sync();
    }
    done = true;
    await looking;
    console.log(`${read} whole reads by tuf-js during ${ROUNDS} syncs`);
    expect(read).toBeGreaterThan(ROUNDS);
    expect(await find(`t${ROUNDS - 1}`)).toBe(DIGEST.slice('sha256:'.length));
  });
});
