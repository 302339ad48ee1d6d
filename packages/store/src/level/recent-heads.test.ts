import { parseDigest, parseVersion, type RoleName } from '@countersign/core';
import { expect, it } from 'vitest';
import type { StoredHead } from '../line.ts';
import type { Revision } from '../store.ts';
import { RecentHeads } from './recent-heads.ts';

function headOf(files: number): StoredHead {
  const file = { version: parseVersion(1, 'version'), digest: parseDigest(`sha256:${'ab'.repeat(32)}`), length: 1 };
  const all = Array.from({ length: files }, (_, index) => `role-${index}` as RoleName);
  const head = {
    revision: 1 as Revision,
    seq: 1,
    recordHash: '00'.repeat(32),
    files: new Map(all.map((role) => [role, { role, ...file }])),
    deleted: false,
    generations: new Map(),
    pending: new Map(),
  };
  return { head, life: 1, line: 1, lines: new Map() };
}

it('keeps what was read until another is written, and then that one', () => {
  const heads = new RecentHeads();
  const [read, written] = [headOf(3), headOf(4)];
  heads.keep('a', read, heads.moment());
  expect(heads.get('a')).toBe(read);
  heads.wrote([['a', written]]);
  expect(heads.get('a')).toBe(written);
});

it('forgets a head that grew too large to be kept', () => {
  const heads = new RecentHeads();
  heads.keep('a', headOf(3), heads.moment());
  heads.wrote([['a', headOf(1000)]]);
  expect(heads.get('a')).toBeUndefined();
});

it('keeps no head that was asked for before a write and came after it', () => {
  const heads = new RecentHeads();
  const asked = heads.moment();
  heads.wrote([['b', headOf(3)]]);
  heads.keep('a', headOf(3), asked);
  expect(heads.get('a')).toBeUndefined();
});

it('keeps no large heads, and not many', () => {
  const heads = new RecentHeads();
  heads.keep('large', headOf(1000), heads.moment());
  for (let index = 0; index < 2000; index += 1) heads.keep(`small-${index}`, headOf(1), heads.moment());
  expect([heads.get('large'), heads.get('small-0'), heads.get('small-1999')?.life]).toEqual([undefined, undefined, 1]);
});
