import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../errors.ts';
import { parseDigest, parseFingerprint, parseRepositoryId, shortFingerprint } from './digest.ts';
import { parseGun } from './gun.ts';
import { parseKeyId } from './key-id.ts';
import { parseOwnRoleName, parseRoleName } from './role-name.ts';
import { parseTag, parseTargetPath } from './target-path.ts';
import { parseVersion } from './version.ts';

const refuses = (code: string, act: () => unknown): void => expect(act).toThrow(expect.objectContaining({ name: 'FormatError', code }));

describe('a repository name', () => {
  it.each([
    'app',
    'team/app',
    'files/tools',
    'docker.io/library/nginx',
    'registry.example.com/team/app',
    'registry.example.com:5000/team/app',
    'localhost:5000/app',
    '127.0.0.1:65535/app',
    'xn--bcher-kva.example/app',
    'a-b.c--d.example:1/app',
    'a/b.c/d_e/f__g/h-i/j---k/l0',
    `${'a'.repeat(127)}/${'b'.repeat(127)}`,
  ])('may be %s', (text) => {
    expect(parseGun(text)).toBe(text);
  });

  it.each([
    '',
    '/',
    '/app',
    'app/',
    'team//app',
    'Team/app',
    'REGISTRY.example.com/app',
    'team/app:tag',
    'localhost:5000',
    'registry.example.com:5000',
    'registry.example.com:/app',
    'registry.example.com:0/app',
    'registry.example.com:080/app',
    'registry.example.com:65536/app',
    'registry.example.com:5000:1/app',
    'registry.example.com./app',
    '.example.com/app',
    'a..b/app',
    'app/a..b',
    'app/.b',
    'app/b.',
    'app/..',
    '../app',
    './app',
    'app/_trust',
    '_trust/app',
    '-app',
    'app-',
    'app/a___b',
    'app/a_-b',
    'app/a._b',
    'app%2fb',
    'app b',
    'app\n',
    'app\0',
    'app\\b',
    'äpp',
    'app@sha256:0',
    'https://registry.example.com/app',
    'user@registry.example.com/app',
    '[::1]:5000/app',
    'app?x',
    'app#x',
    `a/${'b'.repeat(254)}`,
    'a/'.repeat(200),
  ])('may not be %j', (text) => {
    refuses('invalid-name', () => parseGun(text));
  });

  it('never holds anything that a URL would read otherwise', () => {
    const pieces = fc.constantFrom('a', 'b', '.', '_', '-', '/', ':', '5000', '%', 'A', '..', '\u200b');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        try {
          const gun = parseGun(text);
          expect(new URL(`https://trust.example/v2/${gun}/_trust`).pathname).toBe(`/v2/${gun}/_trust`);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a role name', () => {
  it.each([
    'root',
    'targets/releases',
    '?',
    '../delegatedrole',
    '/x',
    '.',
    '..',
    'constructor',
    '__proto__',
    'rôle',
    'a b',
    'x'.repeat(200),
  ])('of others may be %j', (text) => {
    expect(parseRoleName(text)).toBe(text);
  });

  it.each(['', 'x'.repeat(201), 'é'.repeat(101), 'a\nb', 'a\0', '\u007f', 'a\u0085', '\ud800'])('of others may not be %j', (text) => {
    refuses('invalid-name', () => parseRoleName(text));
  });

  it.each(['releases', '0', 'a_b-c', 'a'.repeat(64)])('of ours may be %s', (text) => {
    expect(parseOwnRoleName(text)).toBe(text);
  });

  it.each(['', 'root', 'timestamp', 'snapshot', 'targets', 'Releases', '_a', '-a', 'a/b', 'a.b', 'a b', 'a\n', 'ä', 'a'.repeat(65), '..'])(
    'of ours may not be %j',
    (text) => {
      refuses('invalid-name', () => parseOwnRoleName(text));
    },
  );
});

describe('a version', () => {
  it('is a whole number from 1 to 2^53-1', () => {
    expect(parseVersion(1, 'root.version')).toBe(1);
    expect(parseVersion(Number.MAX_SAFE_INTEGER, 'root.version')).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each([0, -0, -5, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, '1', true, null, undefined, [1], new Map()])(
    'is not %s',
    (value) => {
      refuses('malformed', () => parseVersion(value, 'root.version'));
    },
  );

  it('names its place in the error', () => {
    expect(() => parseVersion(0, 'root.version')).toThrow('root.version: wanted a whole number from 1, got 0');
    expect(() => parseVersion(true, 'root.version')).toThrow('root.version: wanted a whole number from 1, got true');
  });
});

describe('digests, fingerprints and ids', () => {
  const hex = '0123456789abcdef'.repeat(4);

  it('have one spelling', () => {
    expect(parseDigest(`sha256:${hex}`)).toBe(`sha256:${hex}`);
    expect(parseFingerprint(hex)).toBe(hex);
    expect(parseRepositoryId(hex.slice(0, 32))).toBe(hex.slice(0, 32));
    expect(shortFingerprint(parseFingerprint(hex))).toBe('0123456789abcdef');
  });

  it('have no other', () => {
    for (const text of [
      hex,
      `sha256:${hex.toUpperCase()}`,
      `SHA256:${hex}`,
      `sha512:${hex}`,
      `sha256:${hex}0`,
      `sha256:${hex}\n`,
      `sha256:${hex.slice(1)}`,
      '',
    ]) {
      refuses('malformed', () => parseDigest(text));
    }
    for (const text of [`${hex}0`, hex.slice(1), hex.toUpperCase(), `${hex.slice(1)}g`, '', `sha256:${hex}`])
      refuses('malformed', () => parseFingerprint(text));
    for (const text of [hex, hex.slice(0, 31), hex.slice(0, 32).toUpperCase(), '']) refuses('malformed', () => parseRepositoryId(text));
  });

  it('of keys may be anything short, as TAP 12 allows', () => {
    for (const text of ['x', hex, 'constructor', 'ключ', 'x'.repeat(200)]) expect(parseKeyId(text)).toBe(text);
    for (const text of ['', 'x'.repeat(201), '€'.repeat(67), '\udc00']) refuses('malformed', () => parseKeyId(text));
  });
});

describe('a target path', () => {
  it.each(['a', 'a/b', 'v1.0', '.revoked/sha256-00', '...', 'a b', 'é', '😀/x', 'constructor', '__proto__', 'a%2fb', '~', '*'])(
    'may be %j',
    (text) => {
      expect(parseTargetPath(text)).toBe(text);
    },
  );

  it.each([
    ['is empty', ''],
    ['has an empty segment', '/a'],
    ['has an empty segment', 'a/'],
    ['has an empty segment', 'a//b'],
    ['has an empty segment', '/'],
    ['has a segment of dots', '.'],
    ['has a segment of dots', '..'],
    ['has a segment of dots', 'a/../b'],
    ['has a segment of dots', './a'],
    ['has a segment of dots', 'a/.'],
    ['holds a backslash', 'a\\b'],
    ['holds a control character', 'a\0'],
    ['holds a control character', 'a\nb'],
    ['holds a control character', 'a\u007f'],
    ['holds a control character', 'a\u0085'],
    ['holds a lone surrogate', 'a\ud800'],
    ['is not in NFC', 'e\u0301'],
    ['is not in NFC', '\u212b'],
  ])('is refused when it %s: %j', (reason, text) => {
    refuses('invalid-name', () => parseTargetPath(text));
    expect(() => parseTargetPath(text)).toThrow(`target path ${reason}`);
  });
});

describe('a tag', () => {
  it.each(['latest', 'v1.0', '_x', 'A', '1', 'a'.repeat(128), '__proto__'])('may be %s', (text) => {
    expect(parseTag(text)).toBe(text);
  });

  it.each(['', '.hidden', '-x', 'a/b', 'a:b', 'a b', 'a\n', 'ä', 'a'.repeat(129), 'a+b', '%41'])('may not be %j', (text) => {
    refuses('invalid-name', () => parseTag(text));
  });
});
