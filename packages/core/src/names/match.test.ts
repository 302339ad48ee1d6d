import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { includesPattern, isPlainPattern, matchesPattern } from './match.ts';

describe('a path pattern', () => {
  it.each([
    ['a', 'a'],
    ['*', 'a'],
    ['*', ''],
    ['', ''],
    ['*', '.hidden'],
    ['**', 'a'],
    ['a*', 'a'],
    ['a*', 'abc'],
    ['*c', 'abc'],
    ['a*c', 'abbbc'],
    ['a*b*c', 'axbxbxc'],
    ['*a*a*', 'aa'],
    ['?', 'a'],
    ['?', '😀'],
    ['?', '*'],
    ['??', 'a😀'],
    ['*?', '😀'],
    ['a/?', 'a/?'],
    ['*/*', 'a/b'],
    ['*/*', '/'],
    ['a/*/c', 'a/b/c'],
    ['a/*/c', 'a//c'],
    ['.revoked/*', '.revoked/sha256-00'],
    ['*.tgz', 'file.tar.tgz'],
    ['a*/b*', 'ax/bx'],
    ['!a', '!a'],
    ['#x', '#x'],
    ['{a,b}', '{a,b}'],
    ['+(a)', '+(a)'],
    ['[^a]', '[^a]'],
    ['a\\*', 'a\\x'],
    ['(a|b)', '(a|b)'],
    ['a.b', 'a.b'],
    ['*é', 'eé'],
  ])('%j matches %j', (pattern, path) => {
    expect(matchesPattern(pattern, path)).toBe(true);
  });

  it.each([
    ['a', 'A'],
    ['a', 'b'],
    ['a', 'aa'],
    ['aa', 'a'],
    ['', 'a'],
    ['a', ''],
    ['?', ''],
    ['?', 'ab'],
    ['?', '/'],
    ['??', '😀'],
    ['*??', '😀'],
    ['*', 'a/b'],
    ['*', '/'],
    ['**', 'a/b'],
    ['**/b', 'a/a/b'],
    ['*b', 'a/b'],
    ['a*', 'a/b'],
    ['*/*', 'a'],
    ['*/*', 'a/b/c'],
    ['a*c', 'ab/bc'],
    ['a?c', 'a/c'],
    ['a/*', 'a'],
    ['a/*', 'a/b/c'],
    ['*/b', 'a/c'],
    ['*a/b', 'aa/c'],
    ['*x/*y', 'ax/bz'],
    ['!a', 'b'],
    ['[ab]', 'a'],
    ['{a,b}', 'a'],
    ['a.b', 'axb'],
    ['a\\*', 'a*'],
    ['e\u0301', 'é'],
  ])('%j does not match %j', (pattern, path) => {
    expect(matchesPattern(pattern, path)).toBe(false);
  });

  it('means what the same regular expression means', () => {
    const piece = fc.constantFrom('a', 'b', '/', '😀');
    const pattern = fc.array(fc.oneof(piece, fc.constantFrom('*', '?')), { maxLength: 9 });
    fc.assert(
      fc.property(pattern, fc.array(piece, { maxLength: 9 }), (parts, path) => {
        const meaning = parts.map((part) => (part === '*' ? '[^/]*' : part === '?' ? '[^/]' : part)).join('');
        expect(matchesPattern(parts.join(''), path.join(''))).toBe(new RegExp(`^${meaning}$`, 'u').test(path.join('')));
      }),
      { numRuns: 5000 },
    );
  });

  it('does not blow up on a pattern made to backtrack', () => {
    expect(matchesPattern(`${'a*'.repeat(200)}b`, 'a'.repeat(5000))).toBe(false);
    expect(matchesPattern(`${'*a'.repeat(200)}b`, 'a'.repeat(5000))).toBe(false);
    expect(matchesPattern(`${'*a/'.repeat(200)}b`, 'aaaaaaaaaaaaaaaaaaaa/'.repeat(200))).toBe(false);
  });

  it('is plain when every client reads it alike', () => {
    for (const pattern of ['*', '*/*', '.revoked/*', 'v1.?', 'a-b_c', '']) expect(isPlainPattern(pattern)).toBe(true);
    for (const character of '[]{}!#\\()') expect(isPlainPattern(`a${character}b`)).toBe(false);
  });
});

describe('a pattern', () => {
  it.each([
    ['*', '*'],
    ['*', 'v1'],
    ['*', ''],
    ['*', 'v?-*'],
    ['*', '**'],
    ['v*', 'v1.*'],
    ['?*', '*?'],
    ['?', '?'],
    ['?', 'a'],
    ['*a*', 'b*a?'],
    ['*/*', 'docs/*'],
    ['a/*/c', 'a/?b/c'],
    ['.revoked/*', '.revoked/sha256-*'],
  ])('%j takes in %j', (wider, narrower) => {
    expect(includesPattern(wider, narrower)).toBe(true);
  });

  it.each([
    ['v1', '*'],
    ['v1', 'v?'],
    ['?', '*'],
    ['?', '??'],
    ['?', ''],
    ['?*', '*'],
    ['*', '*/*'],
    ['*', 'a/b'],
    ['docs/*', '*/*'],
    ['docs/*', '*'],
    ['a*b', 'a*'],
    ['?', '/'],
    ['', '*'],
  ])('%j does not take in %j', (wider, narrower) => {
    expect(includesPattern(wider, narrower)).toBe(false);
  });

  it('takes in another only if it matches whatever that one does', () => {
    const pattern = fc.array(fc.constantFrom('a', 'b', '/', '*', '?'), { maxLength: 5 }).map((parts) => parts.join(''));
    const path = fc.array(fc.constantFrom('a', 'b', 'c', '/'), { maxLength: 6 }).map((parts) => parts.join(''));
    let included = 0;
    fc.assert(
      fc.property(pattern, pattern, fc.array(path, { minLength: 20, maxLength: 20 }), (wider, narrower, paths) => {
        if (!includesPattern(wider, narrower)) return;
        included += 1;
        for (const one of paths) if (matchesPattern(narrower, one)) expect(matchesPattern(wider, one)).toBe(true);
      }),
      { numRuns: 5000 },
    );
    expect(included).toBeGreaterThan(50);
  });
});
