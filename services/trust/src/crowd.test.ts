import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { memoryStore } from '@countersign/store';
import { afterEach, expect, test } from 'vitest';
import { LONGEST_WITHOUT_PAUSE } from './crowd.ts';
import { InTurn } from './in-turn.ts';
import { closeLaboratories, laboratory } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';
import { stubbornStore } from './testing/stubborn-store.ts';

const healthy = crypto.sign;
const unwatched = timers.setImmediate;

/** From here on it is counted where signatures are made, and how often somebody pauses. Publishers of these tests sign before. */
function counted() {
  const made = { aside: 0, here: 0 };
  const pauses = { made: 0 };
  timers.setImmediate = (async () => {
    pauses.made += 1;
    await unwatched();
  }) as typeof timers.setImmediate;
  crypto.sign = ((...given: Parameters<typeof crypto.sign>) => {
    made[typeof given.at(-1) === 'function' ? 'aside' : 'here'] += 1;
    return Reflect.apply(healthy, undefined, given);
  }) as typeof crypto.sign;
  syncBuiltinESMExports();
  return { made, pauses };
}

function moment() {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((come) => {
    resolve = come;
  });
  return { promise, resolve };
}

afterEach(async () => {
  crypto.sign = healthy;
  timers.setImmediate = unwatched;
  syncBuiltinESMExports();
  await closeLaboratories();
});

/** Publishers who wait, each in the commit of a first publish, until they are let go; and one who has not begun. */
async function waiting(count: number) {
  const store = stubbornStore(memoryStore());
  const lab = await laboratory(store);
  const publishers = Array.from({ length: count + 1 }, (_, index) =>
    newPublisher(lab, { gun: `example.com/app-${index}`, repository: `${index}`.repeat(32), now: lab.now }),
  );
  const uploads = await Promise.all(publishers.map((publisher) => publisher.first()));
  const post = async (index: number) => (await publishers[index]?.post(uploads[index] ?? []))?.status;
  const held = moment();
  const came = moment();
  let commits = 0;
  store.before = async () => {
    commits += 1;
    if (commits > count) return;
    if (commits === count) came.resolve();
    await held.promise;
  };
  const answers = Array.from({ length: count }, (_, index) => post(index));
  if (count > 0) await came.promise;
  return {
    store,
    next: () => post(count),
    async letGo() {
      held.resolve();
      expect(await Promise.all(answers)).toEqual(answers.map(() => 200));
    },
  };
}

/** What the review of a first publish asks. */
const QUESTIONS = 4;

test.each([0, 1, 2])('beside %i others, a publish makes way: it pauses, and has its signatures made on another thread', async (others) => {
  const { next, letGo } = await waiting(others);
  const { made, pauses } = counted();
  const status = await next();
  await letGo();
  expect([status, made, pauses.made]).toEqual([200, { aside: 4, here: 0 }, QUESTIONS]);
});

test('beside three others, a publish is signed where it is, and does not pause', async () => {
  const { next, letGo } = await waiting(3);
  const { made, pauses } = counted();
  const status = await next();
  await letGo();
  expect([status, made]).toEqual([200, { aside: 0, here: 4 }]);
  // None, unless this machine is so busy that a few questions take it 5 ms.
  expect(pauses.made).toBeLessThan(QUESTIONS);
});

test('beside any number, a publish that takes long pauses', async () => {
  const { store, next, letGo } = await waiting(3);
  const { claimants } = store;
  store.claimants = async (claims) => {
    const end = performance.now() + LONGEST_WITHOUT_PAUSE + 1;
    while (performance.now() < end);
    return await claimants(claims);
  };
  const { pauses } = counted();
  const status = await next();
  await letGo();
  expect([status, pauses.made]).toEqual([200, QUESTIONS]);
});

test('names with work under way are counted once each, and not when it is over', async () => {
  const turns = new InTurn();
  const held = moment();
  const work = ['a', 'a', 'b'].map((name) => turns.run(name, () => held.promise));
  expect(turns.underWay).toBe(2);
  held.resolve();
  await Promise.all(work);
  await turns.idle();
  expect(turns.underWay).toBe(0);
});
