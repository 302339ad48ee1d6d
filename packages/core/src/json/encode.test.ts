import { canonicalize } from '@tufjs/canonical-json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.ts';
import { encodeCanonical } from './canonical.ts';
import { compareCodePoints, isWellFormed } from './code-points.ts';
import { readJson } from './read.ts';
import { isJsonArray, isJsonObject, type JsonValue, jsonObject } from './value.ts';
import { encodeJson } from './write.ts';

const canonical = (value: JsonValue): string => decodeUtf8(encodeCanonical(value));
const json = (value: JsonValue): string => decodeUtf8(encodeJson(value));
const object = (...members: readonly (readonly [string, JsonValue])[]): JsonValue => new Map(members);
const refuses = (code: string, value: JsonValue): void => {
  for (const encode of [encodeCanonical, encodeJson]) {
    expect(() => encode(value)).toThrow(expect.objectContaining({ name: 'FormatError', code }));
  }
};

/** Any value that canonical JSON can say, with the given strings as texts and names. */
const valuesOf = (text: fc.Arbitrary<string>): fc.Arbitrary<JsonValue> =>
  fc.letrec<{ tree: JsonValue }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(fc.constant(null), fc.boolean(), fc.maxSafeInteger(), text),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.array(fc.tuple(text, tie('tree')), { maxLength: 4 }).map((members) => new Map(members)),
    ),
  })).tree;
const values = valuesOf(fc.string({ unit: 'grapheme' }));

describe('canonical JSON', () => {
  it('sorts members and leaves no space', () => {
    expect(canonical(object(['b', [1, true, null]], ['a', object(['d', 'x'], ['c', -1])], ['', 0]))).toBe(
      '{"":0,"a":{"c":-1,"d":"x"},"b":[1,true,null]}',
    );
    expect(canonical(object())).toBe('{}');
    expect(canonical([])).toBe('[]');
  });

  it('escapes the quote and the backslash and nothing else', () => {
    const all = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('');
    expect(canonical(all)).toBe(`"${all.replace(/["\\]/g, '\\$&')}"`);
    expect(canonical('é€😀\u2028\u007f<>&/')).toBe('"é€😀\u2028\u007f<>&/"');
  });

  it('leaves the newlines of a PEM key raw, which RFC 8785 would escape', () => {
    expect(canonical('-----BEGIN\nAA\n')).toBe('"-----BEGIN\nAA\n"');
  });

  it('sorts by code point, not by UTF-16 unit', () => {
    expect(canonical(object(['\u{1f600}', 1], ['\ue000', 2]))).toBe('{"\ue000":2,"\u{1f600}":1}');
  });

  it('normalises no accents', () => {
    expect(canonical('e\u0301')).toBe('"e\u0301"');
  });

  it('writes names that look like numbers in the order of text', () => {
    expect(canonical(object(['9', 1], ['10', 2], ['__proto__', 3]))).toBe('{"10":2,"9":1,"__proto__":3}');
  });

  it('writes minus zero as zero', () => {
    expect(canonical(-0)).toBe('0');
  });

  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 53), 1e21])('refuses %s', (value) => refuses('malformed', value));
  it.each(['\ud800', 'x\udc00', '\ude00\ud83d', '\ud83d\u{1f600}'])('refuses the lone surrogate in %j', (value) => {
    refuses('malformed', value);
    refuses('malformed', object([value, 1]));
  });

  it('refuses what nests without end instead of overflowing the stack', () => {
    let deep: JsonValue = [];
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    refuses('too-large', deep);
    let deepObject: JsonValue = object();
    for (let depth = 0; depth < 100_000; depth++) deepObject = object(['b', deepObject], ['a', 1]);
    refuses('too-large', deepObject);
  });

  it('sorts each object once, however deep unsorted ones nest', () => {
    let deep: JsonValue = 1;
    for (let depth = 0; depth < 64; depth++) deep = object(['b', deep], ['a', 1]);
    expect(canonical(deep)).toHaveLength(64 * 12 + 1);
  });

  it('is what @tufjs/canonical-json writes for ASCII', () => {
    fc.assert(
      fc.property(valuesOf(fc.string({ unit: 'binary-ascii' })), (value) => {
        expect(canonical(value)).toBe(canonicalize(plain(value)));
      }),
    );
  });

  it('does not change when it is read and written again', () => {
    fc.assert(
      fc.property(values, (value) => {
        const once = encodeCanonical(value);
        const again = readJson(encodeJson(value), { maxDepth: 64 }).value;
        expect(encodeCanonical(again)).toEqual(once);
        if (!once.some((byte) => byte < 0x20)) expect(encodeCanonical(readJson(once, { maxDepth: 64 }).value)).toEqual(once);
      }),
    );
  });
});

describe('written JSON', () => {
  it('is canonical JSON with its control characters escaped', () => {
    expect(json(object(['b', 'x\ny\u0001\t\u007f'], ['a', 1]))).toBe('{"a":1,"b":"x\\ny\\u0001\\t\u007f"}');
    fc.assert(
      fc.property(values, (value) => {
        const raw = canonical(value);
        const escaped = raw.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
        expect(json(value)).toBe(escaped);
      }),
    );
  });

  it('is JSON to everybody', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        if (isWellFormed(value)) expect(JSON.parse(json(object([value, value])))).toEqual({ [value]: value });
      }),
    );
  });

  it('writes large values whole', () => {
    const long = 'é"\n'.repeat(50_000);
    const value = jsonObject({ a: long, b: Array.from({ length: 5000 }, (_, index) => index) });
    expect(readJson(encodeJson(value), { maxDepth: 64 }).value).toEqual(value);
  });
});

describe('the order of code points', () => {
  it('is the order of UTF-8 bytes', () => {
    const tricky = fc.string({
      unit: fc.constantFrom('a', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
      maxLength: 4,
    });
    fc.assert(
      fc.property(tricky, tricky, (a, b) => {
        expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(encodeUtf8(a), encodeUtf8(b)));
      }),
    );
  });
});

function plain(value: JsonValue): unknown {
  if (isJsonObject(value)) return Object.fromEntries([...value].map(([name, member]) => [name, plain(member)]));
  return isJsonArray(value) ? value.map(plain) : value;
}
