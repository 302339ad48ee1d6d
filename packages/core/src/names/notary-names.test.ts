import { describe, expect, it } from 'vitest';
import { notaryRoleCalled, parseNotaryGun, parseNotaryRoleName } from './notary-names.ts';

describe('names of Notary repositories', () => {
  it.each(['localhost:5000/demo/app', 'Pin/App', 'a b', '__proto__', 'x/_trust/tuf/y', '%2F', 'a'.repeat(255), 'ü/app'])(
    'takes %s',
    (name) => {
      expect(parseNotaryGun(name)).toBe(name);
    },
  );

  it.each(['', '/', 'a//b', '/a', 'a/', '../x', 'a/../b', 'a/.', 'a*', 'a\nb', 'a\\b', 'a'.repeat(256), 'ü'.repeat(128), '\ud800'])(
    'refuses %j',
    (name) => {
      expect(() => parseNotaryGun(name)).toThrow(expect.objectContaining({ code: 'invalid-name' }));
    },
  );
});

describe('roles of Notary repositories', () => {
  it('are meant with targets/ in front and without it, the four never', () => {
    expect(['alice', 'targets/alice', 'alice/laptop'].map(notaryRoleCalled)).toEqual([
      'targets/alice',
      'targets/alice',
      'targets/alice/laptop',
    ]);
    for (const name of ['root', 'targets', 'Alice', '', '../x'])
      expect(() => notaryRoleCalled(name)).toThrow(expect.objectContaining({ code: 'invalid-name' }));
  });

  it.each(['root', 'targets', 'targets/releases', 'targets/a/b-c_9', `targets/${'a'.repeat(247)}`])('takes %s', (name) => {
    expect(parseNotaryRoleName(name)).toBe(name);
  });

  it.each([
    '',
    'releases',
    'targets/',
    'targets//a',
    'targets/..',
    'targets/a.b',
    'targets/A',
    'targets/a/',
    '/targets/a',
    `targets/${'a'.repeat(248)}`,
    'root/a',
  ])('refuses %j', (name) => {
    expect(() => parseNotaryRoleName(name)).toThrow(expect.objectContaining({ code: 'invalid-name' }));
  });
});
