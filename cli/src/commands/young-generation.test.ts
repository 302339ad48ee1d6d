import { describe, expect, it } from 'vitest';
import { growthFactor } from './young-generation.ts';

const MIB = 1024 * 1024;

describe('the young generation', () => {
  it.each([
    ['stays small while clients read', 4, 0, 1],
    ['stays small for a publish now and then', 4, 9, 1],
    ['grows under many publishes', 4, 10, 2],
    ['grows no further than reads can wait for its collection', 16, 500, 1],
    ['grows again after V8 made it smaller than a server of reads needs', 1, 0, 2],
    ['is left to V8 when the publishes are over', 8, 0, 1],
  ])('%s', (_, mebibytes, publishes, factor) => {
    expect(growthFactor(mebibytes * MIB, publishes)).toBe(factor);
  });
});
