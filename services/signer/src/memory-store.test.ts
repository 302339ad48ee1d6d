import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Claim, parseGun } from '@countersign/core';
import { Level } from 'level';
import { beforeEach, expect, it } from 'vitest';
import { openMemory } from './memory-store.ts';
import type { MemoryPlace } from './memory-table.ts';
import { NOTHING } from './policy/memory.ts';

let place: MemoryPlace;
beforeEach(async () => {
  const data = await mkdtemp(join(tmpdir(), 'countersign-memory-'));
  place = { folder: join(data, 'memory'), master: 'of a test', absent: 'begin', failed: () => undefined };
  return () => rm(data, { recursive: true });
});

const refused = (code: string) => expect.objectContaining({ code });
const [app, web] = ['files/app', 'files/web'].map((gun) => ({ gun: parseGun(gun), dialect: 'tuf' as const }));
const claim: Claim = { kind: 'repository', digest: 'ab'.repeat(16) };

it('gives a claim to one repository, whether the other comes at the same moment or a moment later', async () => {
  if (app === undefined || web === undefined) throw new Error('there are two');
  const store = await openMemory(place);
  // Both were judged before either was written.
  const [first, beside] = await Promise.allSettled([app, web].map((one) => store.keep(one, NOTHING, [claim])));
  expect(first).toMatchObject({ status: 'fulfilled' });
  expect(beside).toMatchObject({ status: 'rejected', reason: { code: 'busy' } });
  await expect(store.keep(web, { ...NOTHING, released: true }, [claim])).rejects.toThrowError(refused('busy'));
  expect([store.claimant(claim), store.of(web).released]).toEqual([app.gun, false]);
  await store.keep(app, { ...NOTHING, released: true }, [claim]);
  expect(store.of(app).released).toBe(true);
  await store.close();
});

it('takes a folder that was emptied for no memory', async () => {
  await (await openMemory(place)).close();
  const level = new Level<string, Uint8Array>(place.folder, { valueEncoding: 'view' });
  await level.clear();
  await level.close();
  await expect(openMemory({ ...place, absent: 'refuse' })).rejects.toThrowError(refused('missing-memory'));
  await (await openMemory(place)).close();
  await (await openMemory({ ...place, absent: 'refuse' })).close();
});
