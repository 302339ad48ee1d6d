import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EXIT, EXIT_NAMES, type Family } from './exit-codes.ts';
import { failureOf } from './failure.ts';
import { HINTS } from './hints.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const families = Object.keys(EXIT_NAMES) as Family[];
const sources = ['packages', 'services', 'cli'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\/src(\/|$)/.test(entry.parentPath) && !entry.parentPath.includes('node_modules'))
    .filter(({ name }) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
);

describe('the table of exit statuses', () => {
  it('has every error family there is, but those that only servers answer with', () => {
    const declared = sources.flatMap((text) => [...text.matchAll(/class (\w+) extends CountersignError</g)].map(([, name = '']) => name));
    expect([...families, 'RequestError', 'PolicyError', 'ServiceError'].sort()).toEqual([...new Set(declared)].sort());
  });

  it('has the statuses of the contract', () => {
    expect(Object.values(EXIT)).toEqual([0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 130]);
  });

  it.each([
    ['TrustError', 'signature', 12],
    ['PublishError', 'missing-keys', 12],
    ['TrustError', 'expired', 13],
    ['TrustError', 'clock', 13],
    ['TrustError', 'rollback', 14],
    ['TrustError', 'mismatch', 15],
    ['TrustError', 'wrong-kind', 15],
    ['RegistryError', 'mismatch', 15],
    ['TrustError', 'policy', 16],
    ['TrustError', 'revoked', 17],
    ['TrustError', 'untrusted-root', 18],
    ['TrustError', 'wrong-repository', 18],
    ['TrustError', 'equivocation', 19],
    ['TrustError', 'missing', 20],
    ['FetchError', 'timeout', 20],
    ['FetchError', 'refused-redirect', 20],
    ['PublishError', 'conflict', 21],
    ['TrustError', 'unsigned', 10],
    ['RegistryError', 'not-found', 11],
    ['ServerError', 'auth', 4],
    ['UsageError', 'missing-secret', 2],
    ['CommandError', 'declined', 3],
    ['CommandError', 'interrupted', 130],
    ['FormatError', 'malformed', 1],
  ])('gives %s %s the status %i', (name, code, exit) => {
    expect(failureOf(Object.assign(new Error('text'), { name, code }))).toMatchObject({ exit, code });
  });
});

describe('a failure', () => {
  const all = families.flatMap((family) => Object.entries(HINTS[family]).map(([code, hint]) => [family, code, hint] as const));

  it.each(all)('of %s %s says what to do next, and never to look away', (_, __, hint) => {
    expect(hint.length).toBeGreaterThan(10);
    expect(hint).not.toMatch(/unsafe|insecure|disable|ignore|skip|--yes/);
  });

  it('of no family of ours is a failure all the same', () => {
    expect(failureOf(new Error('boom'))).toMatchObject({ exit: 1, code: 'unexpected' });
    expect(failureOf('boom')).toMatchObject({ exit: 1, code: 'unexpected' });
    const own = Object.assign(new Error('x'), { name: 'TrustError', code: 'constructor' });
    expect(failureOf(own)).toMatchObject({ exit: 1, code: 'constructor', status: 'failed' });
  });

  it('of the system names the file and the reason in words', () => {
    const full = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'write', path: '/data/x' });
    expect(failureOf(full)).toMatchObject({ exit: 1, code: 'system', message: 'cannot write /data/x: the disk is full (ENOSPC)' });
  });

  it('of the store says what the database said', () => {
    const cause = new Error('IO error: /data/000003.log: No space left on device');
    const error = Object.assign(new Error('the write failed', { cause }), { name: 'StoreError', code: 'unavailable' });
    expect(failureOf(error).message).toBe('the write failed: IO error: /data/000003.log: No space left on device');
  });

  it('cannot move the cursor with words of a server', () => {
    const { message } = failureOf(Object.assign(new Error('a\u001b[2Jb\u202ec\nd'), { name: 'TrustError', code: 'policy' }));
    expect(message).toBe('a\\u001b[2Jb\\u202ec\\u000ad');
  });
});
