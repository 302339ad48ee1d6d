import { simulate } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { ROOT, SNAPSHOT, TARGETS } from '../model/top-level.ts';
import { readingOnce } from './reading-once.ts';
import { tuf } from './tuf/tuf.ts';

describe('a dialect that reads once', async () => {
  const repository = await simulate();
  const bytes = repository.served.get('1.targets.json') ?? new Uint8Array();
  const env = repository.env();

  it('gives back what it read of the same bytes', () => {
    const dialect = readingOnce(tuf);
    expect(dialect.parse('targets', TARGETS, bytes, env)).toBe(dialect.parse('targets', TARGETS, bytes, env));
  });

  it('reads equal bytes of another origin anew', () => {
    const dialect = readingOnce(tuf);
    expect(dialect.parse('targets', TARGETS, bytes.slice(), env)).not.toBe(dialect.parse('targets', TARGETS, bytes, env));
  });

  it('never takes a file that was read as one role for a file of another', () => {
    const dialect = readingOnce(tuf);
    dialect.parse('targets', TARGETS, bytes, env);
    expect(() => dialect.parse('root', ROOT, bytes, env)).toThrow();
    expect(() => dialect.parse('snapshot', SNAPSHOT, bytes, env)).toThrow();
    expect(dialect.parse('targets', SNAPSHOT, bytes, env).name).toBe(SNAPSHOT);
  });

  it('remembers no failure as a success', () => {
    const dialect = readingOnce(tuf);
    const broken = bytes.slice(1);
    for (let times = 0; times < 2; times += 1) expect(() => dialect.parse('targets', TARGETS, broken, env)).toThrow();
  });
});
