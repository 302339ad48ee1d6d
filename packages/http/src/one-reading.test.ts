import { describe, expect, it } from 'vitest';
import { HEADERS_READ, unclearRequest } from './one-reading.ts';

const kindOf = (...raw: readonly string[]): string | undefined => unclearRequest({ rawHeaders: raw, httpVersion: '1.1' })?.kind;
const many = (count: number): string[] => Array.from({ length: count }, (_, at) => [`x-${at}`, '']).flat();

describe('a request can be read in one way', () => {
  it.each([
    [[]],
    [['Host', 'a', 'Accept', 'x', 'Accept', 'y', 'Cookie', 'a', 'cookie', 'b']],
    [['Transfer-Encoding', 'Chunked ', 'Content-Encoding', 'identity']],
    [many(100)],
  ])('with %j', (raw) => {
    expect(kindOf(...raw)).toBeUndefined();
  });
});

describe('a request is unclear', () => {
  it.each([
    ['repeated-header', ['Host', 'a', 'hOST', 'a']],
    ['repeated-header', ['Authorization', 'Bearer a', 'Accept', '*', 'authorization', 'Bearer b']],
    ['repeated-header', ['Content-Type', 'a', 'Content-Type', 'b']],
    ['coded-body', ['Content-Encoding', 'gzip']],
    ['coded-body', ['Content-Encoding', 'identity, br']],
    ['coded-body', ['Transfer-Encoding', 'gzip, chunked']],
    ['many-headers', many(HEADERS_READ)],
  ])('%s: %j', (kind, raw) => {
    expect(kindOf(...raw)).toBe(kind);
  });
});

it('with chunks in HTTP/1.0', () => {
  expect(unclearRequest({ rawHeaders: ['Transfer-Encoding', 'chunked'], httpVersion: '1.0' })?.kind).toBe('coded-body');
});
