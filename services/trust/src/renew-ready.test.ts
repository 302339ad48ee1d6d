import { parseGun, TIMESTAMP } from '@countersign/core';
import { type Change, type Head, memoryStore, StoreError } from '@countersign/store';
import { afterEach, describe, expect, it } from 'vitest';
import { Horizon } from './horizon.ts';
import { LastChanges } from './last-changes.ts';
import { ReadyAnswers } from './ready.ts';
import { renewReady } from './renew-ready.ts';
import { keyOf, repositoryOf } from './repository.ts';
import { ask } from './testing/ask.ts';
import { closeLaboratories, laboratory } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';
import { stubbornStore } from './testing/stubborn-store.ts';
import type { World } from './world.ts';

afterEach(closeLaboratories);

async function published() {
  const behind = memoryStore();
  const store = stubbornStore(behind);
  const asked = { files: 0 };
  store.beforeFile = async () => {
    asked.files += 1;
  };
  const lab = await laboratory(store);
  const owner = newPublisher(lab, lab);
  await owner.post(await owner.first());
  const tag = async (name: string): Promise<void> => {
    const answer = await owner.post(await owner.tagged((await owner.get('releases.json')).body, name));
    expect(answer.status).toBe(200);
  };
  /** The version of the timestamp that is answered, and how many files of the store were read for it. */
  const timestamp = async (): Promise<readonly [number, number]> => {
    asked.files = 0;
    const { body } = await owner.get('timestamp.json');
    return [JSON.parse(body.toString()).signed.version, asked.files];
  };
  return { behind, store, lab, owner, tag, timestamp };
}

describe('a timestamp that is asked for', () => {
  it('is ready again as soon as the next one is committed, without a question to the store', async () => {
    const { tag, timestamp } = await published();
    expect(await timestamp()).toEqual([1, 1]);
    for (const version of [2, 3, 4]) {
      await tag(`v${version}`);
      expect(await timestamp()).toEqual([version, 0]);
    }
  });

  it('is not made ready again when nobody has asked since', async () => {
    const { tag, timestamp } = await published();
    await timestamp();
    await tag('v1');
    await tag('v2');
    expect(await timestamp()).toEqual([3, 1]);
  });

  it('is answered with the headers that a read of the store gives', async () => {
    const { lab, owner, tag, timestamp } = await published();
    await timestamp();
    await tag('v1');
    const ready = await owner.get('timestamp.json');
    await lab.restart();
    const read = await owner.get('timestamp.json');
    const { date: _, 'x-request-id': id, ...headers } = read.headers;
    expect(id).toBeDefined();
    const { date: __, ...readyHeaders } = ready.headers;
    expect([readyHeaders, ready.body]).toEqual([headers, read.body]);
  });

  it('is signed anew from half of its life on, like any other', async () => {
    const { lab, tag, timestamp } = await published();
    await timestamp();
    await tag('v1');
    expect(await timestamp()).toEqual([2, 0]);
    lab.forward(40 * 3_600_000);
    expect((await timestamp())[0]).toBe(3);
    expect(await timestamp()).toEqual([3, 0]);
  });

  it('is kept ready after a commit that the store refused', async () => {
    const { store, owner, timestamp } = await published();
    const next = await owner.tagged((await owner.get('releases.json')).body, 'v1');
    store.before = async () => {
      throw new StoreError('version', 'refused');
    };
    expect((await owner.post(next)).status).not.toBe(200);
    store.before = async () => undefined;
    expect([await timestamp(), await timestamp()]).toEqual([
      [1, 1],
      [1, 0],
    ]);
  });

  it('is gone with its repository', async () => {
    const { owner, tag, timestamp } = await published();
    await timestamp();
    await tag('v1');
    await timestamp();
    expect((await ask(owner.base, { method: 'DELETE' })).status).toBeLessThan(300);
    expect((await owner.get('timestamp.json')).status).toBe(404);
  });
});

describe('two commits', () => {
  it('that end in the other order leave nothing ready: the earlier one must not answer for the later', async () => {
    const { behind, owner, tag } = await published();
    const repository = repositoryOf(parseGun(owner.gun), 'tuf');
    const standing = async (): Promise<readonly [Head, Change]> => {
      const head = await behind.head(repository);
      const version = head?.files.get(TIMESTAMP)?.version;
      const bytes = version && (await behind.file(repository, { role: TIMESTAMP, version }));
      if (head === undefined || !version || !bytes) throw new Error('wanted a timestamp');
      const file = head.files.get(TIMESTAMP);
      return [head, { files: [{ role: TIMESTAMP, version, bytes, digest: file?.digest ?? ('' as never) }], claims: [] }];
    };
    const earlier = await standing();
    await tag('v1');
    const later = await standing();

    const ready = new ReadyAnswers(1 << 20);
    const { env } = owner;
    const dialects = { tuf: env.dialect, notary: env.dialect };
    const lifetimes = { timestamp: 1000, snapshot: 1000 };
    const { limits, crypto } = env;
    const world = { ready, changes: new LastChanges(), horizon: new Horizon(), dialects, lifetimes, limits, crypto, now: () => env.now };
    const name = keyOf(repository);
    const url = `/v2/${owner.gun}/_trust/metadata/timestamp.json`;
    const readOnce = (): void => {
      const reading = ready.begin(name);
      ready.keep(url, reading, owner.gun, { status: 200, headers: {}, body: new Uint8Array(1) }, Number.POSITIVE_INFINITY);
      ready.end(reading);
    };
    const renew = (since: ReturnType<typeof ready.begin>, [head, change]: readonly [Head, Change]): void =>
      renewReady(world as Partial<World> as World, repository, since, head, change);

    readOnce();
    const [first, second] = [ready.begin(name), ready.begin(name)];
    renew(second, later);
    expect(ready.get(url)?.tag).toBe(`"${later[0].files.get(TIMESTAMP)?.digest.slice('sha256:'.length)}"`);
    // Somebody asks for it in between: that alone must not bring the earlier one back.
    const kept = ready.get(url);
    if (kept !== undefined) kept.asked = true;
    renew(first, earlier);
    expect(ready.get(url)).toBeUndefined();

    // A tombstone, and in Notary a repository of which nobody knows when it changed, leave nothing ready either.
    readOnce();
    renew(ready.begin(name), [{ ...later[0], deleted: true }, later[1]]);
    expect(ready.get(url)).toBeUndefined();
    const inNotary = repositoryOf(parseGun(owner.gun), 'notary');
    const address = `/v2/${owner.gun}/_trust/tuf/timestamp.json`;
    const reading = ready.begin(keyOf(inNotary));
    ready.keep(address, reading, owner.gun, { status: 200, headers: {}, body: new Uint8Array(1) }, Number.POSITIVE_INFINITY);
    renewReady(world as Partial<World> as World, inNotary, ready.begin(keyOf(inNotary)), ...later);
    expect(ready.get(address)).toBeUndefined();
  });
});
