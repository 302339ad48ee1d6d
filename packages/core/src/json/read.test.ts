import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../bytes/bytes.ts';
import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.ts';
import { FormatError } from '../errors.ts';
import { encodeCanonical } from './canonical.ts';
import { readJson } from './read.ts';
import { isJsonArray, isJsonObject, type JsonValue } from './value.ts';
import { encodeJson } from './write.ts';

const read = (text: string, maxDepth = 64): JsonValue => readJson(encodeUtf8(text), { maxDepth }).value;
const refuses = (code: string, act: () => unknown): void => expect(act).toThrow(expect.objectContaining({ name: 'FormatError', code }));

/** The plain value that JSON.parse would give. */
function plain(value: JsonValue): unknown {
  if (isJsonObject(value)) return Object.fromEntries([...value].map(([name, member]) => [name, plain(member)]));
  return isJsonArray(value) ? value.map(plain) : value;
}

describe('the JSON reader', () => {
  it('reads every kind of value', () => {
    expect(read('{"a":[1,-2,0,"x",true,false,null,{},[]]}')).toEqual(new Map([['a', [1, -2, 0, 'x', true, false, null, new Map(), []]]]));
  });

  it('reads white space wherever RFC 8259 allows it', () => {
    expect(read(' \t\r\n{ "a" : [ 1 , 2 ] , "b" : { } , "c" : [ ] } \n')).toEqual(
      new Map<string, JsonValue>([
        ['a', [1, 2]],
        ['b', new Map()],
        ['c', []],
      ]),
    );
  });

  it('reads every escape', () => {
    expect(read('"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\ud83d\\ude00"')).toBe('"\\/\b\f\n\r\tAé€😀');
  });

  it('reads characters of two, three and four bytes in names and values', () => {
    expect(read('{"é":"€","😀":"a😀é\\n€","z":[1]}')).toEqual(
      new Map<string, JsonValue>([
        ['é', '€'],
        ['😀', 'a😀é\n€'],
        ['z', [1]],
      ]),
    );
  });

  it('keeps members that a plain object would lose or inherit', () => {
    const value = read('{"__proto__":{"a":1},"constructor":2,"toString":3,"":4}');
    if (!isJsonObject(value)) throw new Error('wanted an object');
    expect([...value.keys()]).toEqual(['__proto__', 'constructor', 'toString', '']);
    expect(value.get('valueOf')).toBeUndefined();
  });

  it('keeps the order of the file, also of names that look like numbers', () => {
    const value = read('{"b":1,"10":2,"9":3,"a":4}');
    expect(isJsonObject(value) && [...value.keys()]).toEqual(['b', '10', '9', 'a']);
  });

  it('reads integers up to 2^53-1 on both sides', () => {
    expect(read('[9007199254740991,-9007199254740991]')).toEqual([9007199254740991, -9007199254740991]);
  });

  it('agrees with JSON.parse on whatever it accepts', () => {
    const spaces = fc.constantFrom('', ' ', '\n\t');
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), spaces, (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        let ours: JsonValue;
        try {
          ours = read(text);
        } catch (error) {
          // JSON.parse takes fractions, too large numbers, -0 and lone surrogates.
          return error instanceof FormatError;
        }
        expect(plain(ours)).toEqual(JSON.parse(text));
        return true;
      }),
    );
  });

  it('accepts no text that JSON.parse refuses', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      'a',
      '\\',
      'u0041',
      '1',
      '0',
      '-',
      '.',
      'e',
      'true',
      'nul',
      ' ',
      '\n',
      'é',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        try {
          expect(plain(read(text))).toEqual(JSON.parse(text));
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });

  describe('refuses', () => {
    it.each([
      ['a member twice', '{"a":1,"a":1}'],
      ['a member twice with others between', '{"a":1,"b":2,"c":3,"a":4}'],
      ['a member twice in two spellings', '{"a":1,"\\u0061":2}'],
      ['a member twice deep down', '{"x":[{"y":{"a":1,"a":2}}]}'],
      ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
      ['a fraction', '1.5'],
      ['a fraction of nothing', '{"version":1.0}'],
      ['an exponent', '1e3'],
      ['an exponent of nothing', '1E0'],
      ['a negative exponent', '1e-1'],
      ['minus zero', '-0'],
      ['a leading zero', '01'],
      ['a negative leading zero', '-01'],
      ['two zeros', '00'],
      ['2^53', '9007199254740992'],
      ['2^53+1', '9007199254740993'],
      ['-2^53', '-9007199254740992'],
      ['10^21', '1000000000000000000000'],
      ['a thousand digits', '1'.repeat(1000)],
      ['a plus sign', '+1'],
      ['a bare minus', '-'],
      ['a point first', '.5'],
      ['a point last', '1.'],
      ['hexadecimal', '0x10'],
      ['NaN', 'NaN'],
      ['Infinity', 'Infinity'],
      ['-Infinity', '-Infinity'],
      ['undefined', 'undefined'],
      ['a capital True', 'True'],
      ['half a word', 'tru'],
      ['a word that goes on', 'nullx'],
      ['an escaped lone high surrogate', '"\\ud800"'],
      ['an escaped lone low surrogate', '"\\udc00x"'],
      ['surrogates in the wrong order', '"\\ude00\\ud83d"'],
      ['half a pair before a character', '"\\ud83d😀"'],
      ['a lone surrogate in a name', '{"\\ud800":1}'],
      ['a byte order mark', '\ufeff{}'],
      ['trailing text', '{} x'],
      ['a second value', '1 2'],
      ['a trailing NUL', '{}\0'],
      ['a trailing comma in an object', '{"a":1,}'],
      ['a trailing comma in an array', '[1,]'],
      ['a leading comma', '[,1]'],
      ['a missing comma', '[1 2]'],
      ['a missing colon', '{"a" 1}'],
      ['a missing value', '{"a":}'],
      ['a name without quotes', '{a:1}'],
      ['a name in single quotes', "{'a':1}"],
      ['a number as name', '{1:1}'],
      ['a comment', '{}/* x */'],
      ['the wrong bracket', '[1}'],
      ['an unclosed object', '{"a":1'],
      ['an unclosed array', '[1'],
      ['an unclosed string', '"abc'],
      ['an unclosed string after an escape', '"ab\\n'],
      ['a string that ends in a backslash', '"ab\\'],
      ['an unknown escape', '"\\x41"'],
      ['an upper-case escape', '"\\N"'],
      ['a short unicode escape', '"\\u12"'],
      ['a unicode escape with a sign', '"\\u+041"'],
      ['a newline in a string', '"a\nb"'],
      ['a tab in a string', '"a\tb"'],
      ['a NUL in a string', '"a\0b"'],
      ['a control character behind an escape', '"\\na\u0001"'],
      ['a control character behind a character of two bytes', '"é\u001f"'],
      ['a no-break space between tokens', '[1,\u00a02]'],
      ['a form feed between tokens', '[1,\f2]'],
      ['nothing', ''],
      ['nothing but space', ' \n '],
    ])('%s', (_, text) => {
      refuses('malformed', () => read(text));
    });

    it('invalid UTF-8, also inside a string', () => {
      for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
        refuses('malformed', () => readJson(concatBytes(encodeUtf8('"'), Uint8Array.from(bytes), encodeUtf8('"')), { maxDepth: 64 }));
      }
      refuses('malformed', () => readJson(Uint8Array.of(0xff, 0xfe, 0x31, 0x00), { maxDepth: 64 }));
    });

    it('what is nested deeper than the limit, and nothing less deep', () => {
      const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
      expect(read(nested(64))).toBeDefined();
      refuses('too-large', () => read(nested(65)));
      refuses('too-large', () => read('{"a":{"b":{}}}', 2));
      expect(read('1', 0)).toBe(1);
      refuses('too-large', () => read('{}', 0));
    });

    it('endless nesting without a stack overflow, whatever the limit', () => {
      for (const opening of ['[', '{"a":', '[{"a":']) {
        refuses('too-large', () => read(opening.repeat(500_000), Number.POSITIVE_INFINITY));
        refuses('too-large', () => read(opening.repeat(5000)));
      }
    });
  });

  it('names the byte, and shows the place without control characters', () => {
    expect(() => read('{"é":1,\u001b[2J}')).toThrow('json at byte 8: wanted a member name, got "\\u001b[2J}"');
  });
});

describe('a repeated object', () => {
  it('reads the same as one that stands alone', () => {
    const object = '{"countersign":{"kind":"image","v":1}}';
    const value = read(`{"a":${object},"b":${object},"c":${object.replace('1', '2')},"d":${object}}`);
    expect(plain(value)).toEqual({
      a: { countersign: { kind: 'image', v: 1 } },
      b: { countersign: { kind: 'image', v: 1 } },
      c: { countersign: { kind: 'image', v: 2 } },
      d: { countersign: { kind: 'image', v: 1 } },
    });
  });

  it('counts its depth anew', () => {
    const object = '{"a":{"b":{}}}';
    expect(read(`[${object},[${object}]]`, 5)).toBeDefined();
    refuses('too-large', () => read(`[${object},[${object}]]`, 4));
    refuses('too-large', () => read(`[[${object}],[${object},[${object}]]]`, 5));
  });

  it('is recognised when it is not canonical, and keeps the file from being so', () => {
    const unsorted = '{"b":1,"a":2}';
    const document = readJson(encodeUtf8(`{"x":${unsorted},"y":[${unsorted},{"é":1},{"é":1},"z"]}`), { maxDepth: 64 });
    expect(document.canonicalMember('x')).toBeUndefined();
    expect(document.canonicalMember('y')).toBeUndefined();
    expect(plain(document.value)).toEqual({ x: { a: 2, b: 1 }, y: [{ a: 2, b: 1 }, { é: 1 }, { é: 1 }, 'z'] });
  });

  it('is cut short by nothing that looks like its beginning', () => {
    expect(plain(read('[{"a":1},{"a":12},{"a":1,"b":2},{"a":1},{"a"\n:1}]'))).toEqual([
      { a: 1 },
      { a: 12 },
      { a: 1, b: 2 },
      { a: 1 },
      { a: 1 },
    ]);
    refuses('malformed', () => read('[{"a":1},{"a":1'));
  });
});

describe('the canonical bytes of a member', () => {
  const member = (text: string, name = 'signed'): string | undefined => {
    const bytes = readJson(encodeUtf8(text), { maxDepth: 64 }).canonicalMember(name);
    return bytes && decodeUtf8(bytes);
  };

  it('are those in the file when they stand there in canonical form', () => {
    const canonical = '{"":0,"10":-1,"9":"\\"\\\\/é😀","a":[1,{"b":null,"c":true}]}';
    expect(member(`{"signatures":[],"signed":${canonical}}`)).toBe(canonical);
  });

  it('do not depend on what stands around the member', () => {
    expect(member('{\n "z": 10\n}', 'z')).toBe('10');
    expect(member(' { "signed" : {"a":1} , "\\u0061" : [ 1 ] } ')).toBe('{"a":1}');
    expect(member('{"é":"€","signed":{"a":"😀"}}')).toBe('{"a":"😀"}');
  });

  it.each([
    ['white space inside', '{"a": 1}'],
    ['a newline inside', '{"a":1\n}'],
    ['space in an empty array', '[ ]'],
    ['members out of order', '{"b":1,"a":2}'],
    ['members out of order deep down', '{"a":[{"b":1,"a":2}]}'],
    ['members in the order of UTF-16 instead of code points', '{"\u{1f600}":1,"\ue000":2}'],
    ['an escaped newline, which canonical JSON leaves raw', '{"a":"x\\ny"}'],
    ['an escaped slash', '{"a":"\\/"}'],
    ['an escaped letter', '{"a":"\\u0062"}'],
    ['an escaped letter in a name', '{"\\u0061":1}'],
  ])('are not those in the file with %s', (_, value) => {
    expect(member(`{"signatures":[],"signed":${value}}`)).toBeUndefined();
    expect(member(`{"signed":${value},"zzz":{"a":1}}`, 'zzz')).toBe('{"a":1}');
  });

  it('are in the order of code points', () => {
    const canonical = '{"\ue000":2,"\u{1f600}":1}';
    expect(member(`{"signed":${canonical}}`)).toBe(canonical);
  });

  it('are none for members below the top, absent ones, and files that are no object', () => {
    expect(member('{"a":{"signed":{}}}')).toBeUndefined();
    expect(member('[{"signed":{}}]')).toBeUndefined();
    expect(member('{"a":1}', 'constructor')).toBeUndefined();
    expect(member('"signed"')).toBeUndefined();
  });

  it('are what encoding the value gives, for any value in any spelling', () => {
    const spelling = fc.constantFrom<(value: JsonValue) => Uint8Array>(encodeJson, (value) =>
      encodeUtf8(JSON.stringify(plain(value), undefined, 1)),
    );
    fc.assert(
      fc.property(jsonValues, spelling, (value, spell) => {
        const file = concatBytes(encodeUtf8('{"a":"é","signed":'), spell(value), encodeUtf8(',"z":1}'));
        const document = readJson(file, { maxDepth: 64 });
        const stored = document.canonicalMember('signed');
        const signed = isJsonObject(document.value) ? document.value.get('signed') : undefined;
        if (stored !== undefined) expect(stored).toEqual(encodeCanonical(signed ?? null));
        if (spell === encodeJson && !encodeCanonical(value).some((byte) => byte < 0x20)) expect(stored).toEqual(encodeCanonical(value));
      }),
    );
  });
});

// Names from a small set, so that objects repeat and sort in every way.
const names = fc.oneof(fc.constantFrom('a', 'b', 'length', 'é', '\ue000', '\u{1f600}', '__proto__', ''), fc.string({ unit: 'grapheme' }));
const { tree: jsonValues } = fc.letrec<{ tree: JsonValue }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger().map((value) => value + 0),
      names,
      fc.string({ unit: 'grapheme' }),
    ),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.array(fc.tuple(names, tie('tree')), { maxLength: 4 }).map((members) => new Map(members)),
  ),
}));
