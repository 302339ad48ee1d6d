import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gun } from '@countersign/core';
import type { RepositoryRef } from '@countersign/store';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { openHighWater } from './high-water.ts';
import { keyOf } from './repository.ts';
import { closeLaboratories, temporaryFolder } from './testing/laboratory.ts';

afterEach(closeLaboratories);

const nothing = async (): Promise<void> => undefined;
const dialects = ['tuf', 'notary'] as const;
const ref = (name: string, dialect: RepositoryRef['dialect']): RepositoryRef => ({ gun: name as Gun, dialect });
const refs = ['a b', 'A/B', 'a/b', '__proto__', 'x y tuf', 'x y', 'x', 'x notary', 'constructor', '"', '\\', '\u2028', ' '].flatMap(
  (name) => dialects.map((dialect) => ref(name, dialect)),
);

describe('the key of a repository', () => {
  it('is the key of no other, whatever spaces and dialects stand in the GUN', () => {
    const words = fc.array(fc.constantFrom('x', 'tuf', 'notary', ' ', '  ', '/'), { minLength: 1, maxLength: 6 });
    const repository = fc.tuple(
      words.map((parts) => parts.join('')),
      fc.constantFrom(...dialects),
    );
    fc.assert(
      fc.property(repository, repository, (one, other) => {
        const same = one[0] === other[0] && one[1] === other[1];
        expect(keyOf(ref(...one)) === keyOf(ref(...other))).toBe(same);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps marks apart in a file, which is found again after every start', async () => {
    const file = join(await temporaryFolder(), 'marks');
    for (const start of [1, 2]) {
      const marks = await openHighWater(file, nothing);
      await Promise.all(
        refs.map((each, index) => marks.raise(keyOf(each), { timestamp: start * 100 + index, snapshot: index, seq: start })),
      );
      await marks.close();
    }
    const marks = await openHighWater(file, nothing);
    for (const [index, each] of refs.entries()) {
      expect(marks.of(keyOf(each))).toEqual({ timestamp: 200 + index, snapshot: index, seq: 2 });
    }
    await marks.close();
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(refs.length + 2);
  });

  it('finds the marks in a file of the first servers', async () => {
    const file = join(await temporaryFolder(), 'marks');
    const line = '4bf8addda78c8e5b ["registry.example.com/team/app tuf",7,5,3]';
    await writeFile(file, `countersign-high-water/1\n${line}\n`);
    const marks = await openHighWater(file, nothing);
    expect(marks.of(keyOf(ref('registry.example.com/team/app', 'tuf')))).toEqual({ timestamp: 7, snapshot: 5, seq: 3 });
    expect(marks.of(keyOf(ref('registry.example.com/team/app', 'notary')))).toBeUndefined();
    await marks.close();
  });
});
