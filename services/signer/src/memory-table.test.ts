// The memory on real disks that are full. A small file system needs root; elsewhere these claims are skipped.
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Disk, fill, smallDisk } from '@countersign/testkit';
import { Level } from 'level';
import { beforeEach, expect, it, type TestContext } from 'vitest';
import { type MemoryPlace, type MemoryTable, openMemoryTable } from './memory-table.ts';

let disk: Disk;
let place: MemoryPlace;
let failures = 0;
beforeEach(async ({ skip }: TestContext) => {
  const found = await smallDisk('12m');
  if ('reason' in found) return skip(found.reason);
  disk = found;
  failures = 0;
  await mkdir(join(disk.path, 'data'));
  const failed = (): void => {
    failures += 1;
  };
  place = { folder: join(disk.path, 'data', 'memory'), master: 'of a test', absent: 'begin', failed };
  return () => disk.remove();
});

const refused = (code: string) => expect.objectContaining({ code });
const value = Buffer.alloc(3000);

/** Writes one value after the other until one is refused, and gives the number of those that were not. */
async function writtenUntilFull(table: MemoryTable): Promise<number> {
  for (let count = 0; count < 1000; count += 1) {
    try {
      await table.write([[`key ${count}`, value]]);
    } catch {
      return count;
    }
  }
  throw new Error('it is never full');
}

it('keeps what it took before and after a full disk, and takes nothing in between', async () => {
  const table = await openMemoryTable(place);
  const filler = await fill(disk.path);
  const count = await writtenUntilFull(table);
  // Those that are as small as nothing would fit, behind half of what failed.
  const late = await Promise.allSettled([table.write([['small', new Uint8Array()]]), table.write([['other', value]])]);
  expect(late.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(table.reopen()).rejects.toThrowError('ENOSPC');
  expect(table.get('key 0') === undefined).toBe(count === 0);
  await rm(filler);
  await expect(table.write([['small', new Uint8Array()]])).rejects.toThrowError('an earlier write failed');
  await table.reopen();
  expect(failures).toBe(1);
  await table.write([['after', value]]);
  await table.close();
  const again = await openMemoryTable(place);
  const kept = await again.keys({ gt: '', lt: '~', limit: 1000 });
  expect(kept).toEqual(expect.arrayContaining(['after', ...Array.from({ length: count }, (_, index) => `key ${index}`)]));
  expect(kept.filter((key) => key === 'small' || key === 'other')).toEqual([]);
  await again.close();
});

it('goes on with no older memory that was put in its place meanwhile', async () => {
  const [aside, older] = [join(disk.path, 'aside'), join(disk.path, 'older')];
  const first = await openMemoryTable(place);
  await first.write([['one', value]]);
  await first.close();
  await cp(place.folder, older, { recursive: true });
  const table = await openMemoryTable(place);
  await table.write([['two', value]]);
  const filler = await fill(disk.path);
  const count = await writtenUntilFull(table);
  await rm(filler);
  await rename(place.folder, aside);
  await expect(table.reopen()).rejects.toThrowError('ENOENT');
  await rename(older, place.folder);
  for (const _ of [1, 2]) await expect(table.reopen()).rejects.toThrowError(refused('damaged-memory'));
  expect(() => table.get('one')).toThrowError(refused('unavailable'));
  await expect(table.write([['three', value]])).rejects.toThrowError();
  await rename(place.folder, older);
  await rename(aside, place.folder);
  await table.reopen();
  expect([table.get('two'), table.get('three')]).toEqual([value, undefined]);
  expect(table.get(`key ${count - 1}`)).toEqual(count === 0 ? undefined : value);
  await table.close();
});

it('says of a disk that is full at the start that it is full, not that it is damaged', async () => {
  const table = await openMemoryTable(place);
  await table.write([['one', value]]);
  await table.close();
  const filler = await fill(disk.path);
  await expect(openMemoryTable(place)).rejects.toThrowError(refused('unavailable'));
  await rm(filler);
  const again = await openMemoryTable(place);
  expect(again.get('one')).toEqual(value);
  await again.close();
});

it.each(['', '0', '-1', '1.5', 'many', '1'.repeat(20)])('does not open with %j in the place of the number of its writes', async (text) => {
  const table = await openMemoryTable(place);
  await table.write([['key', value]]);
  await table.close();
  const level = new Level(place.folder);
  await level.put('writes', text, { sync: true });
  await level.close();
  await expect(openMemoryTable(place)).rejects.toThrowError(refused('damaged-memory'));
});
