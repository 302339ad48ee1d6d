import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseNotaryRoleName, STANDARD_LIMITS } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localRepositories, readLocalRole } from './index.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'countersign-trust-folder-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const role = parseNotaryRoleName;
const damage = (words: RegExp): unknown => expect.objectContaining({ code: 'damaged-state', message: expect.stringMatching(words) });

/** A file below `tuf/`, whose content is its path. */
function put(path: string, content = path): string {
  const file = join(root, 'tuf', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

function putRepository(gun: string, ...delegated: readonly string[]): void {
  for (const name of ['root', 'targets', 'snapshot', 'timestamp', ...delegated]) put(`${gun}/metadata/${name}.json`);
}

const listed = () => localRepositories(root).repositories.map(({ gun, roles }) => [gun, roles.join(' ')]);

describe('the metadata of a notary client', () => {
  it('is listed by repository, with delegated roles, and read', () => {
    putRepository('registry.example.com/team/app', 'targets/releases', 'targets/a/b');
    putRepository('docker.io/library/alpine');
    put('docker.io/library/alpine/changelist/00001_x.change');
    const { repositories, unusable } = localRepositories(root);
    expect(unusable).toEqual([]);
    expect(repositories.map(({ gun, roles, staged }) => [gun, roles, staged])).toEqual([
      ['docker.io/library/alpine', ['root', 'snapshot', 'targets', 'timestamp'], 1],
      ['registry.example.com/team/app', ['root', 'snapshot', 'targets', 'targets/a/b', 'targets/releases', 'timestamp'], 0],
    ]);
    for (const repository of repositories)
      for (const name of repository.roles) {
        const bytes = readLocalRole(repository, name, STANDARD_LIMITS);
        expect(Buffer.from(bytes ?? []).toString()).toBe(`${repository.gun}/metadata/${name}.json`);
      }
  });

  it('may be of repositories below each other, whatever they are called', () => {
    putRepository('example.com');
    putRepository('example.com/app', 'targets/releases');
    putRepository('example.com/metadata');
    putRepository('example.com/metadata/app');
    putRepository('localhost:5000/Upper Case/app');
    expect(listed().map(([gun]) => gun)).toEqual([
      'example.com',
      'example.com/app',
      'example.com/metadata',
      'example.com/metadata/app',
      'localhost:5000/Upper Case/app',
    ]);
  });

  it('is none in a folder that was never used, or has no root', () => {
    expect(localRepositories(join(root, 'nowhere'))).toEqual({ repositories: [], unusable: [] });
    put('example.com/app/metadata/targets.json');
    put('example.com/other/changelist/1.change');
    expect(localRepositories(root)).toEqual({ repositories: [], unusable: [] });
  });

  it('is not of files with other names', () => {
    putRepository('example.com/app', 'targets/Upper', 'targets/a b', 'constructor', 'targets/', 'root.1', 'targets/..a');
    put('example.com/app/metadata/root.txt');
    expect(listed()).toEqual([['example.com/app', 'root snapshot targets timestamp']]);
  });

  it('is never read through a link, and the link is told', () => {
    putRepository('example.com/app');
    const secret = join(root, 'secret.json');
    writeFileSync(secret, 'secret');
    mkdirSync(join(root, 'tuf/example.com/app/metadata/targets'));
    symlinkSync(secret, join(root, 'tuf/example.com/app/metadata/targets/releases.json'));
    symlinkSync(join(root, 'tuf/example.com/app'), join(root, 'tuf/example.com/linked'));
    symlinkSync(join(root, 'tuf'), join(root, 'tuf/example.com/loop'));
    const { repositories, unusable } = localRepositories(root);
    expect(repositories.map(({ gun, roles }) => [gun, roles.includes(role('targets/releases'))])).toEqual([['example.com/app', false]]);
    expect(new Set(unusable.map(({ details }) => String(details['path']).slice(root.length)))).toEqual(
      new Set(['/tuf/example.com/app/metadata/targets/releases.json', '/tuf/example.com/linked', '/tuf/example.com/loop']),
    );
    const [repository = { folder: '' }] = repositories;
    expect(() => readLocalRole(repository, role('targets/releases'), STANDARD_LIMITS)).toThrowError(damage(/is a link/));
  });

  it('is not read from names outside, from pipes, and beyond the limits', () => {
    putRepository('example.com/app');
    const [repository = { folder: '' }] = localRepositories(root).repositories;
    expect(() => readLocalRole(repository, '../../secret' as never, STANDARD_LIMITS)).toThrowError(
      expect.objectContaining({ code: 'invalid-name' }),
    );
    expect(readLocalRole(repository, role('targets/absent'), STANDARD_LIMITS)).toBeUndefined();
    expect(() => readLocalRole(repository, role('root'), { ...STANDARD_LIMITS, rootBytes: 3 })).toThrowError(damage(/longer than 3 bytes/));
    rmSync(join(repository.folder, 'timestamp.json'));
    execFileSync('mkfifo', [join(repository.folder, 'timestamp.json')]);
    expect(() => readLocalRole(repository, role('timestamp'), STANDARD_LIMITS)).toThrowError(damage(/it is no file/));
  });

  it('is told when it is deeper than any name, and found no further', () => {
    putRepository('example.com/app');
    putRepository('a/'.repeat(140).slice(0, -1));
    const { repositories, unusable } = localRepositories(root);
    expect(repositories.map(({ gun }) => gun)).toEqual(['example.com/app']);
    expect(unusable).toEqual([damage(/deeper than any name/)]);
  });

  it('is told when a name is none, beside the others', () => {
    putRepository('example.com/app');
    putRepository('example.com/a*b');
    const { repositories, unusable } = localRepositories(root);
    expect(repositories.map(({ gun }) => gun)).toEqual(['example.com/app']);
    expect(unusable).toEqual([damage(/wanted a repository name/)]);
  });
});
