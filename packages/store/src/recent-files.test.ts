import { parseDigest } from '@countersign/core';
import { expect, it } from 'vitest';
import { RecentFiles } from './recent-files.ts';

const digest = (number: number) => parseDigest(`sha256:${number.toString(16).padStart(64, '0')}`);
const KILOBYTE = new Uint8Array(1024).fill(7);

it('gives copies away, and keeps copies', () => {
  const files = new RecentFiles();
  const mine = Uint8Array.of(1, 2, 3);
  files.keep(digest(1), mine);
  mine[0] = 9;
  const given = files.get(digest(1));
  given?.fill(8);
  expect(files.get(digest(1))).toEqual(Uint8Array.of(1, 2, 3));
});

it('forgets what nobody asked for longest, and keeps what is asked for', () => {
  const files = new RecentFiles();
  for (let number = 0; number < 5000; number += 1) {
    files.keep(digest(number), KILOBYTE);
    expect(files.get(digest(0))).toHaveLength(1024);
  }
  expect(files.get(digest(1))).toBeUndefined();
  expect(files.get(digest(4999))).toHaveLength(1024);
});

it('keeps no file that would push thousands of small ones out', () => {
  const files = new RecentFiles();
  files.keep(digest(1), new Uint8Array(257 * 1024));
  expect(files.get(digest(1))).toBeUndefined();
});
