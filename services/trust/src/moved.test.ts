import { type Gun, parseGun } from '@countersign/core';
import type { RepositoryRef, SharedStore } from '@countersign/store';
import { expect, it } from 'vitest';
import { Moved } from './moved.ts';

const ref = (name: string): RepositoryRef => ({ gun: parseGun(name) as Gun, dialect: 'tuf' });

/** A database whose answers are given by hand: each holds what was committed when it was asked. */
function byHand() {
  const committed: RepositoryRef[] = [];
  const asked: { readonly since: number; answer(): void; fail(): void }[] = [];
  const store: SharedStore = {
    movedSince: (since) =>
      new Promise((resolve, reject) => {
        const then = { now: committed.length, moved: committed.slice(since) };
        asked.push({ since: since ?? 0, answer: () => resolve(then), fail: () => reject(new Error('gone')) });
      }),
  };
  const forgotten: string[] = [];
  const told: unknown[] = [];
  const moved = new Moved(
    store,
    0,
    (repositories) => {
      if (repositories !== 'many') forgotten.push(...repositories.map(({ gun }) => gun));
    },
    { begun: (error) => told.push(error), over: () => told.push('over') },
  );
  return { committed, asked, forgotten, moved, told };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('asks once for all who come while nothing is under way, and once more for all who come later', async () => {
  const { asked, moved } = byHand();
  const first = [moved.known(), moved.known()];
  await turn();
  const later = [moved.known(), moved.known(), moved.known()];
  await turn();
  expect(asked).toHaveLength(1);
  asked[0]?.answer();
  await Promise.all(first);
  await turn();
  expect(asked).toHaveLength(2);
  asked[1]?.answer();
  await Promise.all(later);
});

it('does not take an answer for its own that was asked for before', async () => {
  const { asked, moved, committed, forgotten } = byHand();
  const before = moved.known();
  await turn();
  committed.push(ref('app'));
  const after = moved.known();
  asked[0]?.answer();
  await before;
  expect(forgotten).toEqual([]);
  await turn();
  asked[1]?.answer();
  await after;
  expect(forgotten).toEqual(['app']);
});

it('goes on from where it stood when the store does not answer', async () => {
  const { asked, moved, committed, forgotten } = byHand();
  committed.push(ref('app'));
  const lost = moved.known();
  await turn();
  asked[0]?.fail();
  await expect(lost).rejects.toThrow('gone');
  const again = moved.known();
  await turn();
  expect(asked[1]?.since).toBe(0);
  asked[1]?.answer();
  await again;
  expect(forgotten).toEqual(['app']);
});

it('tells of an outage once, and of its end', async () => {
  const { asked, moved, told } = byHand();
  for (const outcome of ['answer', 'fail', 'fail', 'fail', 'answer', 'answer', 'fail'] as const) {
    const known = moved.known().catch(() => undefined);
    await turn();
    asked.at(-1)?.[outcome]();
    await known;
  }
  expect(told).toEqual([new Error('gone'), 'over', new Error('gone')]);
});
