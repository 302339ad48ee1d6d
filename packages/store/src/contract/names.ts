// Contract: names that foreign repositories use are stored as they are, and no two of them meet.
import type { Gun } from '@countersign/core';
import { expect, it } from 'vitest';
import type { RepositoryRef } from '../store.ts';
import type { Laboratory } from './laboratory.ts';
import { change, gun, newFile, publish, repositoriesOf, served } from './samples.ts';

const guns = [
  'a b',
  'a  b',
  'A/B',
  'a/b',
  '__proto__',
  'constructor',
  'x y tuf',
  'x y',
  'x',
  'y tuf',
  'a%20b',
  'a+b',
  '../..',
  '%2F',
  ' ',
  '*',
  'head a',
  'é'.repeat(127),
  'N'.repeat(255),
];
const roles = ['root', 'targets', 'targets/releases', 'targets/a/b', 'targets/a', 'targets/A b'];
const dialects = ['tuf', 'notary'] as const;

export function nameContract(laboratory: () => Laboratory): void {
  it('keeps apart repositories whose names hold spaces, upper case, and words that mean something elsewhere', async () => {
    const lab = laboratory();
    const repositories = guns.flatMap((name) => dialects.map((dialect): RepositoryRef => ({ gun: gun(name), dialect })));
    const contentOf = (repository: RepositoryRef, name: string): string => `${repository.dialect}|${repository.gun}|${name}`;
    for (const repository of repositories) {
      const files = roles.map((name) => newFile(name, 1, contentOf(repository, name)));
      const claims = [{ kind: 'root', digest: Buffer.from(repository.gun).toString('hex').slice(0, 128) }];
      await publish(lab.store, repository, undefined, { files, claims });
    }
    await lab.reopen?.();
    const { store } = lab;
    for (const repository of repositories) {
      for (const name of roles) expect(await served(store, repository, name, 1)).toBe(contentOf(repository, name));
      const [stored] = await store.records({ repository, limit: 2 });
      expect(stored?.record).toMatchObject({ gun: repository.gun, dialect: repository.dialect, seq: 1, changed: roles.toSorted() });
      expect([...((await store.head(repository))?.files.keys() ?? [])]).toEqual(roles);
    }
    const listed = await repositoriesOf(store);
    expect(listed).toHaveLength(repositories.length);
    expect(new Set(listed.map(({ gun: name, dialect }) => JSON.stringify([name, dialect])))).toEqual(
      new Set(repositories.map(({ gun: name, dialect }) => JSON.stringify([name, dialect]))),
    );
  });

  it('refuses names that no record can spell', async () => {
    const { store } = laboratory();
    for (const name of ['', 'a\nb', 'a\0b', 'a\u007f', 'a\u0085', '\ud800', 'N'.repeat(256), 'é'.repeat(128)]) {
      const repository: RepositoryRef = { gun: name as Gun, dialect: 'notary' };
      const attempt = store.commit(repository, 'new', change({ files: [newFile('root', 1)] }));
      await expect(attempt, name).rejects.toMatchObject({ code: 'invalid' });
      await expect(store.head(repository), name).rejects.toMatchObject({ code: 'invalid' });
    }
    expect(await repositoriesOf(store)).toEqual([]);
  });
}
