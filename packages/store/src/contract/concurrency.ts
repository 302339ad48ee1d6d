// Contract: of commits that race, one wins whole and the others leave no trace.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isStoreError } from '../errors.ts';
import type { Change, Head, MetadataStore, RepositoryRef } from '../store.ts';
import type { Laboratory } from './laboratory.ts';
import { allRoles, app, change, gun, newFile, publish, recordOf, repositoriesOf } from './samples.ts';

export function concurrencyContract(laboratory: () => Laboratory): void {
  it('lets exactly one of 100 parallel commits win each round', async () => {
    const { store } = laboratory();
    let head: Head | undefined;
    for (const round of [1, 2, 3]) {
      const attempts = Array.from({ length: 100 }, (_, index) =>
        publish(store, app, head, { files: [newFile('targets', round, `round ${round} writer ${index}`)] }),
      );
      const settled = await Promise.allSettled(attempts);
      const winners = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      const codes = settled.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
      expect(winners).toHaveLength(1);
      expect(new Set(codes)).toEqual(new Set(['conflict']));
      head = await store.head(app);
      expect(head).toEqual(winners[0]);
    }
    expect(await store.records({ repository: app, limit: 10 })).toHaveLength(3);
  });

  it('lets one GUN win a claim that many race for', async () => {
    const { store } = laboratory();
    const claims = [{ kind: 'server-key', digest: 'cafe' }];
    const racers = Array.from({ length: 8 }, (_, index): RepositoryRef => ({ gun: gun(`race/${index}`), dialect: 'tuf' }));
    const settled = await Promise.allSettled(racers.map((racer) => publish(store, racer, undefined, { files: allRoles(1), claims })));
    const winners = racers.filter((_, index) => settled[index]?.status === 'fulfilled');
    expect(winners.map((racer) => racer.gun)).toEqual(await store.claimants([{ kind: 'server-key', digest: 'cafe' }]));
    expect(await repositoriesOf(store)).toEqual(winners);
  });

  it('is all or nothing under random interleaving', async () => {
    const { store } = laboratory();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(attempts, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 }), async (waves) => {
        run += 1;
        await interleave(store, `run${run}`, waves);
      }),
      { numRuns: 20 },
    );
  });
}

/** One writer's try, made from a head that may be stale by the time it arrives. */
interface Attempt {
  readonly repository: number;
  readonly step: number;
  readonly contested: number;
  readonly recorded: boolean;
  readonly turns: number;
}

const attempts: fc.Arbitrary<Attempt> = fc.record({
  repository: fc.nat(2),
  step: fc.nat(2),
  contested: fc.nat(5),
  recorded: fc.boolean(),
  turns: fc.nat(3),
});

interface Tried {
  readonly repository: RepositoryRef;
  readonly before: Head | undefined;
  readonly change: Change;
  readonly after: Head | undefined;
}

async function interleave(store: MetadataStore, run: string, waves: readonly (readonly Attempt[])[]): Promise<void> {
  const positions = (await store.records({ before: Number.MAX_SAFE_INTEGER, limit: 1 }))[0]?.position ?? 0;
  const tried: Tried[] = [];
  for (const [index, wave] of waves.entries()) {
    tried.push(...(await Promise.all(wave.map((attempt, place) => tryOnce(store, `${run} ${index} ${place}`, run, attempt)))));
  }
  const won = tried.filter(({ after }) => after !== undefined);
  for (const attempt of tried) await expectWholeOrNothing(store, attempt);
  for (const repository of new Set(tried.map((attempt) => attempt.repository.gun))) {
    await expectOneLine(
      store,
      won.filter((attempt) => attempt.repository.gun === repository),
    );
  }
  const records = won.filter((attempt) => attempt.change.record !== undefined);
  const page = await store.records({ after: positions, limit: 1000 });
  expect(page.map(({ position }) => position)).toEqual(records.map((_, index) => positions + index + 1));
}

async function tryOnce(store: MetadataStore, unique: string, run: string, attempt: Attempt): Promise<Tried> {
  const repository: RepositoryRef = { gun: gun(`${run}/${attempt.repository}`), dialect: 'tuf' };
  const before = await store.head(repository);
  const newest = Math.max(1, ...[...(before?.files.values() ?? [])].map((file) => file.version));
  // Step 0 repeats a version with other bytes, so that a change can also fail on its last file.
  const files = [newFile('snapshot', newest + 1, `${unique} snapshot`), newFile('targets', newest + attempt.step, `${unique} targets`)];
  const claims = [
    { kind: 'unique', digest: Buffer.from(unique).toString('hex') },
    { kind: 'contested', digest: Buffer.from(`${run} ${attempt.contested}`).toString('hex') },
  ];
  const attempted = change({ files, claims, ...(attempt.recorded && { record: recordOf(repository, before, { files }) }) });
  for (let turn = 0; turn < attempt.turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  try {
    return { repository, before, change: attempted, after: await store.commit(repository, before?.revision ?? 'new', attempted) };
  } catch (error) {
    if (isStoreError(error, 'conflict') || isStoreError(error, 'claimed') || isStoreError(error, 'version')) {
      return { repository, before, change: attempted, after: undefined };
    }
    throw error;
  }
}

async function expectWholeOrNothing(store: MetadataStore, { repository, change: { files, claims }, after }: Tried): Promise<void> {
  for (const { role, digest, bytes } of files) {
    const stored = await store.file(repository, { role, digest });
    expect(stored && Buffer.from(stored)).toEqual(after && Buffer.from(bytes));
  }
  const owners = await store.claimants(claims);
  expect(owners[0]).toEqual(claims.length > 0 ? after && repository.gun : undefined);
  if (after) expect(owners).toEqual(claims.map(() => repository.gun));
}

/** Those that won must follow each other: each began where the one before it ended. */
async function expectOneLine(store: MetadataStore, won: readonly Tried[]): Promise<void> {
  const line = won.toSorted((left, right) => (left.after?.revision ?? 0) - (right.after?.revision ?? 0));
  let before: Head | undefined;
  for (const attempt of line) {
    expect(attempt.before).toEqual(before);
    before = attempt.after;
    expect(before?.seq).toBe((attempt.before?.seq ?? 0) + (attempt.change.record ? 1 : 0));
  }
  const [first] = line;
  if (first) expect(await store.head(first.repository)).toEqual(before);
}
