import { describe, expect, it } from 'vitest';
import { portable } from '../../crypto/portable.ts';
import { jsonObject } from '../../json/value.ts';
import type { DelegatedRole } from '../../model/metadata.ts';
import { parseNotaryRoleName } from '../../names/notary-names.ts';
import { notary } from './notary.ts';

const crypto = portable();
const KEY = 'a'.repeat(64) as DelegatedRole['keyids'][number];

const role = (name: string, patterns: readonly string[], more: Partial<DelegatedRole> = {}): DelegatedRole => ({
  name: parseNotaryRoleName(name),
  keyids: [KEY],
  threshold: 1,
  terminating: false,
  scope: { by: 'paths', patterns },
  ...more,
});
const covers = (one: DelegatedRole, path: string): boolean => notary.covers(one, path, crypto);
const follows = (kind: 'root' | 'targets', before: number | undefined, next: number): boolean =>
  notary.mayFollow(kind, before as never, next as never);

describe('delegations of Notary', () => {
  it('cover names by their beginnings, and nothing without paths', () => {
    expect(['team/x', 'team/', 'team', 'other', ''].filter((path) => covers(role('targets/team', ['team/']), path))).toEqual([
      'team/x',
      'team/',
    ]);
    expect(covers(role('targets/all', ['']), '')).toBe(true);
    expect(covers(role('targets/none', []), 'v1')).toBe(false);
    expect(covers(role('targets/stars', ['*']), 'v1')).toBe(false);
  });

  it('have no voice once fewer keys are left than must sign', () => {
    expect(covers(role('targets/purged', [''], { keyids: [] }), 'v1')).toBe(false);
    expect(covers(role('targets/two', [''], { threshold: 2 }), 'v1')).toBe(false);
  });

  it('reach no further than the delegation above, even where both cover a name', () => {
    const team = role('targets/team', ['team/', 'shared/']);
    const patterns = (one: DelegatedRole) => (one.scope.by === 'paths' ? one.scope.patterns : []);
    expect(patterns(notary.within(role('targets/team/sub', ['team/sub/', 'te', 'other/']), team))).toEqual(['team/sub/']);
    expect(patterns(notary.within(role('targets/team', ['']), undefined))).toEqual(['']);
  });
});

describe('versions of Notary', () => {
  it('rise by one for roots, of which the first may be 1 or 2', () => {
    expect([1, 2, 3].map((next) => follows('root', undefined, next))).toEqual([true, true, false]);
    expect([3, 4, 5, 6].map((next) => follows('root', 4, next))).toEqual([false, false, true, false]);
  });

  it('rise for all others, but never so far that nobody could follow', () => {
    expect([4, 5, 1004, 1005, 2 ** 31 - 1].map((next) => follows('targets', 4, next))).toEqual([false, true, true, false, false]);
    expect([0, 1, 2, 1000, 1001].map((next) => follows('targets', undefined, next))).toEqual([false, true, true, true, false]);
  });
});

describe('entries of Notary', () => {
  const entry = { length: 1, hashes: new Map([['sha256', '00'.repeat(32)]]) };

  it('are written in base64', () => {
    expect(notary.entry({ ...entry, custom: undefined })).toEqual(
      jsonObject({ hashes: jsonObject({ sha256: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }), length: 1 }),
    );
  });

  it.each(['<b>', 'a&b', 'line\nend', 'tab\t', '\u2028', '\u0001'])('refuse custom that others could not sign again: %j', (text) => {
    expect(() => notary.entry({ ...entry, custom: jsonObject({ note: text }) })).toThrow(expect.objectContaining({ code: 'malformed' }));
    expect(() => notary.entry({ ...entry, custom: jsonObject({ [text]: 1 }) })).toThrow(expect.objectContaining({ code: 'malformed' }));
  });
});
