import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../errors.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { concatBytes, equalBytes } from './bytes.ts';
import { excerpt } from './excerpt.ts';
import { decodeHex, encodeHex, isHex } from './hex.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

const malformed = (act: () => unknown): void => expect(act).toThrow(expect.objectContaining({ code: 'malformed' }));

describe('bytes', () => {
  it('are equal only when every byte is', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
    expect(equalBytes(new Uint8Array(), new Uint8Array())).toBe(true);
  });

  it('are joined in order', () => {
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
    expect(concatBytes()).toEqual(new Uint8Array());
  });
});

describe('hexadecimal', () => {
  it('comes back as it went', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => equalBytes(decodeHex(encodeHex(bytes)), bytes)));
  });

  it.each(['0', 'AB', 'aB', '0g', 'ab ', ' ab', 'ab\n', '0x12', 'é0', '\u{1f600}', 'abzz', '12345'])('refuses %j', (text) => {
    malformed(() => decodeHex(text));
  });

  it('is recognised by its length and digits', () => {
    expect(isHex('00ff', 4)).toBe(true);
    for (const [text, digits] of [
      ['00ff', 3],
      ['00fF', 4],
      ['00f\n', 4],
      ['', 2],
    ] as const) {
      expect(isHex(text, digits)).toBe(false);
    }
  });
});

describe('base64', () => {
  it('is spelled as Node spells it, and comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(decodeBase64(text)).toEqual(bytes);
      }),
    );
  });

  it.each(['A', 'AA', 'AAA', 'A===', '====', '=', 'AA=A', 'AAA=AAAA', 'AAAA=', 'AA\n=', 'AAAA\n', ' AAAA', 'AA-_', 'AAé='])(
    'refuses %j',
    (text) => {
      malformed(() => decodeBase64(text));
    },
  );

  it.each(['AB==', 'AAB=', 'AP==', 'AAD='])('refuses %j, whose unused bits are not zero', (text) => {
    malformed(() => decodeBase64(text));
  });

  it('accepts only what it would write', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('A', 'B', 'Q', 'w', '+', '/', '='), maxLength: 8 }), (text) => {
        try {
          return encodeBase64(decodeBase64(text)) === text;
        } catch (error) {
          return error instanceof FormatError;
        }
      }),
    );
  });
});

describe('UTF-8', () => {
  it('comes back as it went', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => decodeUtf8(encodeUtf8(text)) === text));
  });

  it('keeps a byte order mark, so that others see it', () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x31))).toBe('\ufeff1');
  });

  it.each([
    ['a lone continuation byte', [0x80]],
    ['a cut character', [0xe2, 0x82]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a byte that never occurs', [0xff]],
  ])('refuses %s', (_, bytes) => {
    malformed(() => decodeUtf8(Uint8Array.from(bytes)));
  });
});

describe('an excerpt of foreign text', () => {
  it('is at most 80 bytes of printable ASCII whatever the text holds', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => /^"[ -~]{0,78}"$/.test(excerpt(text))));
  });

  it('quotes, and shows what would move the cursor or turn the line around', () => {
    expect(excerpt('a"b\\c\u001b[2J\u202e')).toBe('"a\\"b\\\\c\\u001b[2J\\u202e"');
    expect(excerpt('x'.repeat(100))).toBe(`"${'x'.repeat(75)}..."`);
  });
});
