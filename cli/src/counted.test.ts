import { expect, it } from 'vitest';
import { counted, repositoriesCounted } from './counted.ts';

it('is singular for one thing alone', () => {
  expect([0, 1, 2, 21].map((count) => counted(count, 'file'))).toEqual(['0 files', '1 file', '2 files', '21 files']);
  expect([0, 1, 2].map(repositoriesCounted)).toEqual(['0 repositories', '1 repository', '2 repositories']);
  expect([1, 2].map((count) => counted(count, 'of them needs', 'of them need'))).toEqual(['1 of them needs', '2 of them need']);
});
