import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant } from './brand.ts';
import { formatInstant, parseInstant } from './instant.ts';

const parse = (text: string): Instant => parseInstant(text, 'root.expires');

describe('a moment', () => {
  it.each([
    '1970-01-01T00:00:00Z',
    '2030-01-31T23:59:59Z',
    '2000-02-29T12:00:00Z',
    '2024-02-29T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '1969-12-31T23:59:59Z',
    '1900-02-28T00:00:00Z',
    '9999-12-31T23:59:59Z',
  ])('may be %s, and is what the calendar says', (text) => {
    expect(parse(text)).toBe(Date.parse(text));
    expect(formatInstant(parse(text))).toBe(text);
  });

  it('is what Date says on every day and second', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
        (date) => {
          const text = `${date.toISOString().slice(0, 19)}Z`;
          expect(parse(text)).toBe(Math.floor(date.getTime() / 1000) * 1000);
          expect(formatInstant(date.getTime() as Instant)).toBe(text);
        },
      ),
    );
  });

  it('has every day of four hundred years, and no other', () => {
    for (let year = 1999; year < 2400; year++) {
      for (const month of ['02', '04', '12']) {
        for (let day = 28; day <= 31; day++) {
          const text = `${year}-${month}-${day}T00:00:00Z`;
          const exists = new Date(Date.UTC(year, Number(month) - 1, day)).toISOString().startsWith(text.slice(0, 10));
          if (exists) expect(parse(text)).toBe(Date.parse(text));
          else expect(() => parse(text)).toThrow('root.expires');
        }
      }
    }
  });

  // Each of these never expires in one client or another, because Date makes of it what it likes, or nothing.
  it.each([
    '',
    'never',
    'garbage',
    '9999999-01-01T00:00:00Z',
    '+010000-01-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '2030-00-01T00:00:00Z',
    '2030-13-01T00:00:00Z',
    '2030-01-00T00:00:00Z',
    '2030-01-32T00:00:00Z',
    '2030-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2030-04-31T00:00:00Z',
    '2030-01-01T24:00:00Z',
    '2030-01-01T00:60:00Z',
    '2030-01-01T00:00:60Z',
    '2030-01-01T00:00:00',
    '2030-01-01T00:00:00z',
    '2030-01-01t00:00:00Z',
    '2030-01-01 00:00:00Z',
    '2030-01-01T00:00:00+00:00',
    '2030-01-01T00:00:00.000Z',
    '2030-01-01T00:00Z',
    '2030-01-01',
    '2030-1-1T00:00:00Z',
    ' 2030-01-01T00:00:00Z',
    '2030-01-01T00:00:00Z\n',
    '-030-01-01T00:00:00Z',
    '２０３０-01-01T00:00:00Z',
    '1893456000',
  ])('may not be spelled %j', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ name: 'FormatError', code: 'malformed' }));
  });

  it('drops parts of a second when it is written', () => {
    expect(formatInstant(1999 as Instant)).toBe('1970-01-01T00:00:01Z');
    expect(formatInstant(-1 as Instant)).toBe('1969-12-31T23:59:59Z');
  });

  it.each([Date.parse('0000-12-31T23:59:59Z'), Date.UTC(10_000, 0, 1), Number.NaN, Number.POSITIVE_INFINITY])(
    'cannot be written for %s',
    (value) => {
      expect(() => formatInstant(value as Instant)).toThrow(expect.objectContaining({ code: 'malformed' }));
    },
  );
});
