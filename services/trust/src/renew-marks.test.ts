// What readers are told while marks are being written. Commits of one repository may overlap: a timestamp that is signed anew, and a publish.
import { join } from 'node:path';
import type { Instant } from '@countersign/core';
import { memoryStore, StoreError } from '@countersign/store';
import { afterEach, describe, expect, it } from 'vitest';
import { parseServerConfig } from './config.ts';
import { type HighWater, openHighWater } from './high-water.ts';
import { startTrustServer } from './start.ts';
import { ask } from './testing/ask.ts';
import { closeLaboratories, DAY, NOON, temporaryFolder } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';
import { stubbornStore } from './testing/stubborn-store.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await closeLaboratories();
});

interface Mark {
  write(): void;
  fail(): void;
}

/** A published repository on a server whose marks wait, from `slow()` on, until they are let. */
async function site() {
  const folder = await temporaryFolder();
  const clock = { now: NOON };
  const file = await openHighWater(join(folder, 'marks'), async () => undefined);
  closers.push(() => file.close());
  const waiting: Mark[] = [];
  let isSlow = false;
  const marks: HighWater = {
    file: file.file,
    of: (repository) => file.of(repository),
    all: () => file.all(),
    async raise(repository, mark) {
      if (isSlow) await new Promise<void>((write, fail) => waiting.push({ write, fail: () => fail(new Error('no space left')) }));
      await file.raise(repository, mark);
    },
    rewrite: () => file.rewrite(),
    close: () => file.close(),
  };
  const store = stubbornStore(memoryStore());
  const config = parseServerConfig({ listen: '127.0.0.1:0', data: join(folder, 'data') });
  const server = await startTrustServer({ config, store, marks, now: () => clock.now, log: 'silent', onFatal: () => undefined });
  closers.push(() => server.close());
  const owner = newPublisher(server, { now: () => clock.now });
  expect((await owner.post(await owner.first())).status).toBe(200);
  return {
    owner,
    store,
    next: await owner.tagged((await owner.get('releases.json')).body, 'v1'),
    /** The version that is answered, or the status where there is none. */
    async timestamp(): Promise<number> {
      const { status, body } = await owner.get('timestamp.json');
      return status === 200 ? JSON.parse(body.toString()).signed.version : status;
    },
    slow(): void {
      isSlow = true;
    },
    /** The mark of that number, once it waits. */
    async mark(number: number): Promise<Mark> {
      await expect.poll(() => waiting.length, { interval: 2, timeout: 20_000 }).toBeGreaterThanOrEqual(number);
      return waiting[number - 1] as Mark;
    },
    /** From now on the timestamp is due. */
    due(): void {
      clock.now = (clock.now + 2 * DAY) as Instant;
    },
  };
}

describe('a publish whose mark waits', () => {
  it('is not made ready before the mark is written', async () => {
    const { owner, next, timestamp, slow, mark } = await site();
    expect(await timestamp()).toBe(1);
    slow();
    const publish = owner.post(next);
    const { write } = await mark(1);
    expect([await timestamp(), await timestamp()]).toEqual([1, 1]);
    write();
    expect((await publish).status).toBe(200);
    expect(await timestamp()).toBe(2);
  });

  it('leaves nothing ready when the mark cannot be written: what was ready is no longer what stands', async () => {
    const { owner, next, timestamp, slow, mark } = await site();
    expect(await timestamp()).toBe(1);
    slow();
    const publish = owner.post(next);
    (await mark(1)).fail();
    expect((await publish).status).toBe(503);
    expect(await timestamp()).toBe(2);
  });

  it('is not forgotten again for a read that began before it and ends late', async () => {
    const { owner, store, next, timestamp, slow, mark } = await site();
    const file = store.file.bind(store);
    let go: (() => void) | undefined;
    store.file = async (repository, ref) => {
      const bytes = await file(repository, ref);
      if (ref.role === 'timestamp' && go === undefined) {
        await new Promise<void>((resolve) => {
          go = resolve;
        });
      }
      return bytes;
    };
    const late = timestamp();
    await expect.poll(() => go, { interval: 2 }).toBeDefined();
    slow();
    const publish = owner.post(next);
    const { write } = await mark(1);
    const told = [await timestamp()];
    go?.();
    await late;
    told.push(await timestamp());
    write();
    expect((await publish).status).toBe(200);
    expect([...told, await timestamp()]).toEqual([2, 2, 2]);
  });
});

describe('a timestamp that was signed anew, and whose mark waits while the next commit is stored', () => {
  it('takes no reader back to before that commit', async () => {
    const { owner, next, timestamp, slow, mark, due } = await site();
    expect(await timestamp()).toBe(1);
    due();
    slow();
    const renewed = timestamp();
    const first = await mark(1);
    const publish = owner.post(next);
    const second = await mark(2);
    const told = [await timestamp()];
    first.write();
    expect(await renewed).toBe(2);
    told.push(await timestamp());
    second.write();
    expect((await publish).status).toBe(200);
    expect([...told, await timestamp()]).toEqual([3, 3, 3]);
  });

  it('takes no reader back to before that commit when the marks are written in the other order', async () => {
    const { owner, next, timestamp, slow, mark, due } = await site();
    expect(await timestamp()).toBe(1);
    due();
    slow();
    const renewed = timestamp();
    const first = await mark(1);
    const publish = owner.post(next);
    (await mark(2)).write();
    expect((await publish).status).toBe(200);
    const told = [await timestamp(), await timestamp()];
    first.write();
    expect(await renewed).toBe(2);
    expect([...told, await timestamp(), await timestamp()]).toEqual([3, 3, 3, 3]);
  });

  it('takes no reader back to before that commit when the store is late to say that it has the earlier one', async () => {
    const { owner, store, next, timestamp, due } = await site();
    expect(await timestamp()).toBe(1);
    due();
    const commit = store.commit.bind(store);
    let say: (() => void) | undefined;
    store.commit = async (...asked) => {
      const head = await commit(...asked);
      if (say === undefined) {
        await new Promise<void>((resolve) => {
          say = resolve;
        });
      }
      return head;
    };
    const renewed = timestamp();
    await expect.poll(() => say, { interval: 2 }).toBeDefined();
    expect((await owner.post(next)).status).toBe(200);
    const told = [await timestamp(), await timestamp()];
    say?.();
    await renewed;
    expect([...told, await timestamp(), await timestamp()]).toEqual([3, 3, 3, 3]);
  });

  it('brings no deleted repository back', async () => {
    const { owner, timestamp, slow, mark, due } = await site();
    expect(await timestamp()).toBe(1);
    due();
    slow();
    const renewed = timestamp();
    const first = await mark(1);
    const deletion = ask(owner.base, { method: 'DELETE' });
    const second = await mark(2);
    const told = [await timestamp()];
    first.write();
    await renewed;
    told.push(await timestamp());
    second.write();
    expect((await deletion).status).toBe(200);
    expect([...told, await timestamp()]).toEqual([404, 404, 404]);
  });
});

it('a publish that was unsure and kept is answered as soon as the store was opened anew, in place of what was ready before', async () => {
  const { owner, store, next, timestamp } = await site();
  expect(await timestamp()).toBe(1);
  store.reopen = async () => undefined;
  const commit = store.commit.bind(store);
  store.commit = async (...asked) => {
    await commit(...asked);
    throw new StoreError('unavailable', 'the write failed: nobody knows whether it is kept');
  };
  expect((await owner.post(next)).status).toBe(503);
  expect(await timestamp()).toBe(1);
  await expect.poll(timestamp, { interval: 20, timeout: 5_000 }).toBe(2);
});
