import { matchesPattern, patternsMeet } from '@countersign/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('two patterns', () => {
  it.each([
    ['*', 'v*', true],
    ['v*', '*-rc', true],
    ['v1', 'v1', true],
    ['v1', 'v2', false],
    ['v?', 'v', false],
    ['?', '/', false],
    ['*', '.revoked/*', false],
    ['docs/*', '*/x', true],
    ['a*', 'b*', false],
    ['*a', '*b', false],
    ['a*c', 'ab*', true],
    ['?', '😀', true],
    ['', '', true],
    ['', '*', true],
  ])('%s and %s meet: %s', (one, other, meet) => {
    expect(patternsMeet(one, other)).toBe(meet);
    expect(patternsMeet(other, one)).toBe(meet);
  });

  it('meet exactly when some path matches both', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 3 });
    // Where there is a common path, one of at most both lengths together is common too.
    const paths = ['', ...every(6)];
    fc.assert(
      fc.property(pattern, pattern, (one, other) => {
        expect(patternsMeet(one, other)).toBe(paths.some((path) => matchesPattern(one, path) && matchesPattern(other, path)));
      }),
    );
  });

  it('take time by the product of their lengths, whatever stands in them', () => {
    const before = performance.now();
    expect(patternsMeet('*a'.repeat(500), '*b'.repeat(500))).toBe(false);
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});

/** Every path of up to `length` of three characters. */
function every(length: number): readonly string[] {
  if (length === 0) return [];
  const shorter = every(length - 1);
  const grown = (shorter.length === 0 ? [''] : shorter).flatMap((path) => ['a', 'b', '/'].map((next) => path + next));
  return [...new Set([...shorter, ...grown])];
}
