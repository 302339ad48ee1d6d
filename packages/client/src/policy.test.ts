import { encodeUtf8, formatPin, notary, parseGun, parsePin } from '@countersign/core';
import { describe, expect, it } from 'vitest';
import { anchorFor } from './anchor-for.ts';
import { matchesGlob, parseGlob } from './glob.ts';
import { parsePolicy, policyRule } from './policy.ts';

const hex = (digit: string): string => digit.repeat(64);
const limits = { jsonDepth: 64 };
const policy = (...rules: readonly unknown[]) => parsePolicy(encodeUtf8(JSON.stringify({ schema: 1, rules })), limits);
const gun = (text: string) => parseGun(text);
const GUN = gun('registry.example.com/team/app');

describe('a pattern', () => {
  it.each<[string, string, boolean]>([
    ['registry.example.com/team/app', 'registry.example.com/team/app', true],
    ['registry.example.com/team/app', 'registry.example.com/team/apps', false],
    ['registry.example.com/team/*', 'registry.example.com/team/app', true],
    ['registry.example.com/team/*', 'registry.example.com/team/app/deep', false],
    ['registry.example.com/team/*', 'registry.example.com/team', false],
    ['registry.example.com/*', 'registry.example.com.evil.example/app', false],
    ['*.example.com/**', 'registry.example.com/team/app', true],
    ['*.example.com/**', 'registry.example.com', true],
    ['*.example.com/**', 'evil.example/registry.example.com/app', false],
    ['**', 'anything/at/all', true],
    ['**/app', 'registry.example.com/team/app', true],
    ['**/app', 'app', true],
    ['**/app', 'registry.example.com/team/myapp', false],
    ['r*/**/a*p', 'registry/x/y/app', true],
    ['r*/**/a*p', 'registry/x/y/ap', true],
    ['r*/**/ab*ba', 'registry/aba', false],
    ['a/*b*c*/d', 'a/xbyczz/d', true],
    ['a/*b*c*/d', 'a/xcyb/d', false],
    ['localhost:5000/*', 'localhost:5000/app', true],
    ['localhost:*/**', 'localhost:5000/team/app', true],
  ])('%s on %s is %s', (pattern, name, expected) => {
    expect(matchesGlob(parseGlob(pattern, 'match'), name)).toBe(expected);
  });

  it.each(['', 'a//b', '/a', 'a/', 'A/b', 'a/b**', '***', 'a b', 'a?', '[a]', '{a,b}', '!a', 'a\\b'])('%j is refused', (pattern) => {
    expect(() => parseGlob(pattern, 'match')).toThrow(/match/);
  });

  it('takes no longer than its length times that of the name', () => {
    const started = performance.now();
    const glob = parseGlob(`${'**/'.repeat(60)}x`, 'match');
    expect(matchesGlob(glob, 'a/'.repeat(120).slice(0, -1))).toBe(false);
    expect(matchesGlob(parseGlob(`${'*a'.repeat(100)}*b`, 'match'), 'a'.repeat(250))).toBe(false);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('a policy', () => {
  it('answers with the first rule that matches', () => {
    const rules = policy(
      { match: 'registry.example.com/team/secret', action: 'refuse' },
      {
        match: 'registry.example.com/team/*',
        action: 'verify',
        pins: [`sha256:${hex('a')}@2 root>=3 snapshot>=9`],
        server: 'https://trust.example.com/x',
      },
      { match: '**', action: 'verify', binding: 'optional' },
    );
    const rule = policyRule(rules, GUN);
    expect(rule).toMatchObject({ match: 'registry.example.com/team/*', binding: 'required', minimum: { root: 3, snapshot: 9 } });
    expect(rule.pins.map((pin) => pin.by === 'digest' && formatPin(pin))).toEqual([`sha256:${hex('a')}@2`]);
    expect(rule.server?.href).toBe('https://trust.example.com/x');
    expect(() => policyRule(rules, gun('registry.example.com/team/secret'))).toThrow(expect.objectContaining({ code: 'policy' }));
    expect(policyRule(rules, gun('docker.io/library/alpine'))).toMatchObject({ binding: 'optional', pins: [], server: undefined });
  });

  it('refuses what no rule speaks of', () => {
    expect(() => policyRule(policy(), GUN)).toThrow(expect.objectContaining({ code: 'policy' }));
    expect(() => policyRule(policy({ match: 'other/**', action: 'verify' }), GUN)).toThrow(expect.objectContaining({ code: 'policy' }));
  });

  it('counts distinct keys', () => {
    const keys = [hex('1'), hex('2'), hex('2')];
    expect(policyRule(policy({ match: '**', action: 'verify', keys, threshold: 2 }), GUN).pins).toEqual([
      { by: 'keys', fingerprints: [hex('1'), hex('2')], threshold: 2 },
    ]);
    expect(() => policy({ match: '**', action: 'verify', keys, threshold: 3 })).toThrow(/threshold/);
  });

  it.each<[string, unknown]>([
    ['a schema of the future', { schema: 2, rules: [] }],
    ['no schema', { rules: [] }],
    ['no rules', { schema: 1 }],
    ['an unknown member', { schema: 1, rules: [], rule: [] }],
    ['an unknown member of a rule', { schema: 1, rules: [{ match: '**', action: 'verify', pin: [] }] }],
    ['a pin on a rule that refuses', { schema: 1, rules: [{ match: '**', action: 'refuse', pins: [] }] }],
    ['a rule without a match', { schema: 1, rules: [{ action: 'verify' }] }],
    ['a rule without an action', { schema: 1, rules: [{ match: '**' }] }],
    ['another action', { schema: 1, rules: [{ match: '**', action: 'allow' }] }],
    ['another binding', { schema: 1, rules: [{ match: '**', action: 'verify', binding: 'none' }] }],
    ['a pin that is none', { schema: 1, rules: [{ match: '**', action: 'verify', pins: ['sha256:abc'] }] }],
    ['pins that are no list', { schema: 1, rules: [{ match: '**', action: 'verify', pins: `sha256:${hex('a')}` }] }],
    ['keys without a threshold', { schema: 1, rules: [{ match: '**', action: 'verify', keys: [hex('1')] }] }],
    ['a threshold of zero', { schema: 1, rules: [{ match: '**', action: 'verify', keys: [hex('1')], threshold: 0 }] }],
    ['a threshold without keys', { schema: 1, rules: [{ match: '**', action: 'verify', threshold: 1 }] }],
    ['no keys', { schema: 1, rules: [{ match: '**', action: 'verify', keys: [], threshold: 1 }] }],
    ['a server that is no URL', { schema: 1, rules: [{ match: '**', action: 'verify', server: 'trust.example.com' }] }],
    ['a server with a user', { schema: 1, rules: [{ match: '**', action: 'verify', server: 'https://me@trust.example.com' }] }],
    ['a server over another protocol', { schema: 1, rules: [{ match: '**', action: 'verify', server: 'file:///etc' }] }],
  ])('with %s is refused', (_, file) => {
    expect(() => parsePolicy(encodeUtf8(JSON.stringify(file)), limits)).toThrow(expect.objectContaining({ name: 'FormatError' }));
  });

  it('that states a member twice is refused', () => {
    const file = '{"schema":1,"rules":[{"match":"**","action":"refuse","action":"verify"}]}';
    expect(() => parsePolicy(encodeUtf8(file), limits)).toThrow(/once/);
  });
});

describe('an anchor', () => {
  const pinned = (text: string) => parsePin(text);
  const none = { policy: undefined, storedPin: undefined, environmentPin: undefined, otherwise: 'refuse' } as const;

  it('has every pin that was given, once, and the highest minimum', () => {
    const sources = {
      ...none,
      policy: policy({
        match: '**',
        action: 'verify',
        pins: [`sha256:${hex('a')} root>=2`],
        keys: [hex('1')],
        threshold: 1,
        binding: 'optional',
      }),
      storedPin: pinned(`sha256:${hex('a')}@1 root>=7`),
      environmentPin: pinned(`sha256:${hex('b')}@2 snapshot>=4`),
    };
    const anchor = anchorFor(GUN, sources);
    expect(anchor).toMatchObject({ gun: GUN, minimum: { root: 7, snapshot: 4 }, otherwise: 'refuse', binding: 'optional' });
    expect(anchor.pins.map((pin) => (pin.by === 'digest' ? formatPin(pin) : 'keys'))).toEqual([
      `sha256:${hex('a')}@1`,
      'keys',
      `sha256:${hex('b')}@2`,
    ]);
  });

  it('is refused when two sources contradict each other, whichever they are', () => {
    const [one, other] = [`sha256:${hex('a')}@1`, `sha256:${hex('b')}@1`];
    const ruled = policy({ match: '**', action: 'verify', pins: [one] });
    for (const sources of [
      { ...none, policy: ruled, environmentPin: pinned(other) },
      { ...none, policy: ruled, storedPin: pinned(other) },
      { ...none, storedPin: pinned(one), environmentPin: pinned(other) },
      { ...none, policy: policy({ match: '**', action: 'verify', pins: [one, other] }) },
    ]) {
      expect(() => anchorFor(GUN, sources)).toThrow(expect.objectContaining({ code: 'untrusted-root' }));
    }
  });

  it('is refused where policy refuses, whatever pin is given', () => {
    const sources = { ...none, policy: policy({ match: '**', action: 'refuse' }), environmentPin: pinned(`sha256:${hex('a')}`) };
    expect(() => anchorFor(GUN, sources)).toThrow(expect.objectContaining({ code: 'policy' }));
  });

  it('asks for binding unless policy says otherwise, and trusts no first use unless asked to', () => {
    expect(anchorFor(GUN, none)).toEqual({ gun: GUN, pins: [], minimum: {}, otherwise: 'refuse', binding: 'required' });
    expect(anchorFor(GUN, { ...none, otherwise: 'unsafe-first-use' })).toMatchObject({ otherwise: 'unsafe-first-use' });
  });

  it('asks nothing of Notary that no file of Notary can say, unless policy does', () => {
    expect(anchorFor(GUN, { ...none, dialect: notary })).toMatchObject({ binding: 'optional' });
    const ruled = policy({ match: '**', action: 'verify', dialect: 'notary' });
    expect(anchorFor(GUN, { ...none, dialect: notary, policy: ruled })).toMatchObject({ binding: 'required' });
    const allowing = policy({ match: '**', action: 'verify', dialect: 'notary', binding: 'optional', wildcards: 'allow' });
    expect(anchorFor(GUN, { ...none, dialect: notary, policy: allowing })).toMatchObject({ binding: 'optional', wildcards: 'allow' });
  });

  it.each([{ dialect: 'docker' }, { wildcards: true }, { wildcards: 'refuse' }])('refuses a rule that says %o', (words) => {
    expect(() => policy({ match: '**', action: 'verify', ...words })).toThrow(expect.objectContaining({ code: 'malformed' }));
  });
});
