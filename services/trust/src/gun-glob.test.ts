import { expect, it } from 'vitest';
import { coversGun } from './gun-glob.ts';

it.each([
  ['a/b', 'a/b', true],
  ['a/*', 'a/b', true],
  ['a/*', 'a/b/c', false],
  ['a/*', 'a', false],
  ['*', 'a', true],
  ['*', 'a/b', false],
  ['**', 'a/b/c', true],
  ['a/**', 'a/b/c', true],
  ['a/**', 'a', true],
  ['a/**', 'ab/c', false],
  ['a/**/c', 'a/c', true],
  ['a/**/c', 'a/b/b/c', true],
  ['a/**/c', 'a/b/c/d', false],
  ['**/c', 'a/b/c', true],
  ['**/x/**/y', 'a/x/b/x/c/y', true],
  ['a/te*', 'a/team', true],
  ['a/te*', 'a/other', false],
  ['a.b/*', 'axb/c', false],
  ['', 'a', false],
])('%s covers %s: %s', (pattern, gun, covers) => {
  expect(coversGun(pattern, gun)).toBe(covers);
});

it('takes no longer for patterns made to be slow', () => {
  const gun = Array.from({ length: 127 }, () => 'a').join('/');
  expect(coversGun(`${'**/a/'.repeat(40)}b`, gun)).toBe(false);
});
