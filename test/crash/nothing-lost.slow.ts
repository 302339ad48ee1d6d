// Kills the server with SIGKILL while four publishers publish, again and again. Whatever was acknowledged must be there.
import { join } from 'node:path';
import type { TrustClient } from '@countersign/client';
import { type Gun, imageEntry, parseDigest, parseGun, type RootPin, type Signer } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { readRecord, recordHash } from '@countersign/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, serve, temporaryFolder } from '../lab/countersign.ts';
import { library } from '../lab/library.ts';

const KILLS = Number(process.env['COUNTERSIGN_KILLS'] ?? 200);
const REPOSITORIES = 2;
const PUBLISHERS = 4;
const MEDIA_TYPE = 'application/vnd.oci.image.index.v1+json';
const digest = parseDigest(`sha256:${'c0'.repeat(32)}`);

interface Repository {
  readonly gun: Gun;
  readonly signer: Signer;
  pin: RootPin | undefined;
  /** Tags whose publish the server acknowledged, with the length that was signed. */
  readonly acknowledged: Map<string, number>;
}

describe(`a server killed ${KILLS} times`, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: RunningServer;
  let listen: string;
  const repositories: Repository[] = Array.from({ length: REPOSITORIES }, (_, index) => ({
    gun: parseGun(`registry.example.com/crash/app-${index}`),
    signer: generateSigner('ed25519'),
    pin: undefined,
    acknowledged: new Map(),
  }));

  const clientOf = (name: string, pin: RootPin | undefined): TrustClient =>
    library({ server: server.url, folder: join(folder.path, name), pin, more: { publishDeadlineMs: 20_000 } });

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await serve(join(folder.path, 'data'));
    listen = new URL(server.url).host;
    for (const repository of repositories) {
      const { gun, signer } = repository;
      const keys = { keys: [signer.key], threshold: 1 };
      const { pin } = await clientOf('owner', undefined).publish(gun, { kind: 'init', root: keys, targets: keys, releases: keys }, [
        signer,
      ]);
      repository.pin = pin;
    }
  });
  afterAll(async () => {
    await server?.kill('SIGKILL');
    await folder?.remove();
  });

  it('keeps every acknowledged publish, publishes nothing by halves, and breaks no chain', async () => {
    let published = 0;
    let stopped = false;
    const publisher = async (index: number): Promise<void> => {
      const repository = repositories[index % REPOSITORIES];
      if (repository?.pin === undefined) throw new Error('no repository');
      const client = clientOf(`publisher-${index}`, repository.pin);
      for (let turn = 0; !stopped; turn += 1) {
        // A few names over and over, so that files stay small, each with a length that only ever grows.
        const tag = `p${index}-${turn % 10}`;
        const entries = new Map([[tag, imageEntry({ digest, length: turn + 1, mediaType: MEDIA_TYPE })]]);
        try {
          await client.publish(repository.gun, { kind: 'entries', entries }, [repository.signer]);
          repository.acknowledged.set(tag, turn + 1);
          published += 1;
        } catch {
          // The server is down: nothing was acknowledged. It is back in a moment.
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    };
    const publishers = Array.from({ length: PUBLISHERS }, (_, index) => publisher(index));

    for (let kill = 0; kill < KILLS; kill += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 180));
      await server.kill('SIGKILL');
      const promised = repositories.map((repository) => new Map(repository.acknowledged));
      server = await serve(join(folder.path, 'data'), ['--listen', listen]);
      for (const [index, repository] of repositories.entries()) await inspect(repository, promised[index] ?? new Map(), kill);
    }
    stopped = true;
    await Promise.all(publishers);
    expect(published).toBeGreaterThan(KILLS);
    for (const repository of repositories) await inspect(repository, repository.acknowledged, KILLS);
    console.log(`crash: ${KILLS} kills, ${published} acknowledged publishes, none lost`);
  });

  /** A newcomer verifies everything from the pin on; then the whole record chain is read. */
  async function inspect(repository: Repository, promised: ReadonlyMap<string, number>, kill: number): Promise<void> {
    const trusted = await clientOf(`newcomer-${kill}`, repository.pin).refresh(repository.gun);
    for (const [tag, length] of promised) {
      const found = await trusted.find(tag);
      expect(found?.entry.length, `${tag} after kill ${kill}`).toBeGreaterThanOrEqual(length);
    }
    await readChain(repository, trusted.record);
  }

  async function readChain({ gun }: Repository, newest: { readonly seq: number; readonly hash: string } | undefined): Promise<void> {
    let prev: string | undefined;
    let seq = 0;
    for (;;) {
      const page = await recordsAfter(server.url, gun, seq);
      if (page.length === 0) break;
      for (const bytes of page) {
        const record = readRecord(bytes);
        expect(record.seq).toBe(seq + 1);
        if (prev !== undefined) expect(record.prev).toBe(prev);
        seq = record.seq;
        prev = recordHash(bytes);
        if (seq === newest?.seq) expect(prev).toBe(newest.hash);
      }
    }
    expect(seq).toBeGreaterThanOrEqual(newest?.seq ?? 1);
  }
});

/** At most a page of record bytes, those after `seq`. */
async function recordsAfter(server: string, gun: Gun, seq: number): Promise<readonly Uint8Array[]> {
  const answer = await fetch(`${server}/_countersign/v1/repositories/${gun}/records?after=${seq}&limit=1000`);
  expect(answer.status).toBe(200);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => new TextEncoder().encode(line));
}
