import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { portable } from '../crypto/portable.ts';
import { tuf } from '../formats/tuf/tuf.ts';
import { parseRepositoryId } from '../names/digest.ts';
import { parseRoleName } from '../names/role-name.ts';
import { allBins, binFor, binNamed, binOf, binsAmong } from './bins.ts';
import type { BinDelegation, TargetsContent } from './metadata.ts';

const bins = (bits: number, prefix = 'bin'): BinDelegation => ({ bits, prefix, keyids: [], threshold: 1 });
const name = (text: string) => parseRoleName(text);

describe('the bin of a path', () => {
  // SHA-256 of `v1` begins with 3bfc2695…
  it.each([
    [1, 'bin-0'],
    [3, 'bin-1'],
    [4, 'bin-3'],
    [5, 'bin-07'],
    [8, 'bin-3b'],
    [9, 'bin-077'],
    [12, 'bin-3bf'],
    [31, 'bin-1dfe134a'],
    [32, 'bin-3bfc2695'],
  ])('with %i bits is %s', (bits, wanted) => {
    expect(binFor(bins(bits), 'v1', portable()).name).toBe(wanted);
  });

  it('is the first bits of its SHA-256, and covers it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 32 }), (path, bits) => {
        const number = createHash('sha256').update(path).digest().readUInt32BE() >>> (32 - bits);
        const bin = binFor(bins(bits), path, portable());
        expect(bin.name).toBe(`bin-${number.toString(16).padStart(Math.ceil(bits / 4), '0')}`);
        expect(tuf.covers(bin, path, portable())).toBe(true);
        expect(binNamed(bins(bits), bin.name)).toEqual(bin);
      }),
    );
  });

  it('is the only one that covers it, and ends the search', () => {
    for (const bits of [1, 2, 3, 5, 9]) {
      for (const path of ['v1', 'v2', 'latest']) {
        const covering = allBins(bins(bits)).filter((bin) => tuf.covers(bin, path, portable()));
        expect(covering).toEqual([binFor(bins(bits), path, portable())]);
        expect(covering[0]?.terminating).toBe(true);
      }
    }
  });
});

describe('a name', () => {
  it.each(['bin-3B', 'bin-03b', 'bin-3', 'bin-', 'bin', 'bin--3b', 'bin-zz', 'other-3b', 'xbin-3b', 'bin-3b ', 'bin-+3', 'bin-0x'])(
    '%s is none of 256 bins',
    (text) => {
      expect(binNamed(bins(8), name(text))).toBeUndefined();
    },
  );

  it('beyond the last bin is none', () => {
    expect(binNamed(bins(5), name('bin-1f'))?.name).toBe('bin-1f');
    expect(binNamed(bins(5), name('bin-20'))).toBeUndefined();
  });
});

it('bins are found among the names that there are, and never counted up', () => {
  const listed = ['targets', 'bin-00000001', 'releases', 'bin-fffffffe'].map(name);
  expect(binsAmong(bins(32), listed).map((bin) => bin.name)).toEqual(['bin-00000001', 'bin-fffffffe']);
  expect(() => allBins(bins(11))).toThrow(RangeError);
  expect(allBins(bins(10))).toHaveLength(1024);
});

it('a denial falls into no bin of ours, and into one where nobody knows denials', () => {
  const delegations = { keys: new Map(), roles: [], bins: bins(8) };
  const content = { version: 1, expires: 0, targets: new Map(), delegations } as never as TargetsContent;
  const bound = { ...content, binding: { repository: parseRepositoryId('00'.repeat(16)) } };
  const path = `.revoked/sha256-${'00'.repeat(32)}`;
  expect(binOf(bound, path, portable())).toBeUndefined();
  expect(binOf(bound, 'v1', portable())?.name).toBe('bin-3b');
  expect(binOf(content, path, portable())).toEqual(binFor(bins(8), path, portable()));
});
