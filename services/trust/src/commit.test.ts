import { TIMESTAMP } from '@countersign/core';
import { memoryStore } from '@countersign/store';
import { afterEach, expect, test } from 'vitest';
import { commit } from './commit.ts';
import { LastChanges } from './last-changes.ts';
import { ReadyAnswers } from './ready.ts';
import { keyOf, repositoryOf } from './repository.ts';
import { closeLaboratories, laboratory } from './testing/laboratory.ts';
import { keptLog } from './testing/lines.ts';
import { newPublisher } from './testing/publisher.ts';
import type { World } from './world.ts';

afterEach(closeLaboratories);

test('a commit that stands is acknowledged, also when its timestamp cannot be made ready', async () => {
  const store = memoryStore();
  const lab = await laboratory(store);
  const owner = newPublisher(lab, lab);
  await owner.post(await owner.first());
  const repository = repositoryOf(owner.gun, 'tuf');
  const head = await store.head(repository);
  const file = head?.files.get(TIMESTAMP);
  if (head === undefined || file === undefined) throw new Error('wanted a head with a timestamp');

  const { lines, log } = keptLog();
  const ready = new ReadyAnswers(1 << 20);
  const { env } = owner;
  const world: Partial<World> = {
    ready,
    log,
    changes: new LastChanges(),
    dialects: { tuf: env.dialect, notary: env.dialect },
    limits: env.limits,
    crypto: env.crypto,
    now: lab.now,
    store: { ...store, commit: async () => head },
    condition: { checkWrites: () => undefined } as World['condition'],
    counts: { commit: () => undefined } as unknown as World['counts'],
    spans: { step: (_name: string, _facts: unknown, work: () => unknown) => work() } as unknown as World['spans'],
    marks: { raise: async () => undefined } as unknown as World['marks'],
  };
  const url = `/v2/${owner.gun}/_trust/metadata/timestamp.json`;
  const reading = ready.begin(keyOf(repository));
  ready.keep(url, reading, owner.gun, { status: 200, headers: {}, body: new Uint8Array(1) }, Number.POSITIVE_INFINITY);
  ready.end(reading);
  expect(ready.get(url)).toBeDefined();

  const broken = { role: TIMESTAMP, version: file.version, digest: file.digest, bytes: new TextEncoder().encode('{') };
  expect(await commit(world as World, repository, head, { files: [broken], claims: [] })).toBe(head);
  expect(ready.get(url)).toBeUndefined();
  expect(lines).toMatchObject([{ level: 50, gun: owner.gun }]);
});
