import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../bytes/utf8.ts';
import {
  memberArray,
  memberBoolean,
  memberInteger,
  memberObject,
  memberString,
  optionalMemberArray,
  optionalMemberBoolean,
  optionalMemberInteger,
  optionalMemberObject,
  optionalMemberString,
} from './members.ts';
import { readJson } from './read.ts';
import { isJsonObject, type JsonObject, type JsonValue, jsonObject } from './value.ts';

const members: JsonObject = jsonObject({ object: new Map(), array: [], string: '', integer: 0, boolean: false, nothing: null });

type Reader = (object: JsonObject, name: string, where: string) => JsonValue | undefined;
const readers: readonly (readonly [string, Reader, Reader])[] = [
  ['object', memberObject, optionalMemberObject],
  ['array', memberArray, optionalMemberArray],
  ['string', memberString, optionalMemberString],
  ['integer', memberInteger, optionalMemberInteger],
  ['boolean', memberBoolean, optionalMemberBoolean],
];

describe.each(readers)('the reader of an %s member', (kind, required, optional) => {
  it('gives a member of its kind, also an empty one', () => {
    expect(required(members, kind, 'root')).toBe(members.get(kind));
    expect(optional(members, kind, 'root')).toBe(members.get(kind));
  });

  it('refuses a member of every other kind, where it may be absent too', () => {
    for (const other of members.keys()) {
      if (other === kind) continue;
      for (const reader of [required, optional]) {
        expect(() => reader(members, other, 'root')).toThrow(expect.objectContaining({ code: 'malformed' }));
      }
    }
  });

  it('refuses an absent member only where it is required', () => {
    expect(() => required(members, 'absent', 'root')).toThrow(/^root\.absent: wanted .*, got nothing$/);
    expect(optional(members, 'absent', 'root')).toBeUndefined();
  });

  it('finds nothing that a plain object would inherit', () => {
    const value = readJson(encodeUtf8('{"a":1}'), { maxDepth: 4 }).value;
    if (!isJsonObject(value)) throw new Error('wanted an object');
    for (const name of ['constructor', 'toString', '__proto__', 'size', 'get']) expect(optional(value, name, 'root')).toBeUndefined();
  });
});

describe('the error of a member', () => {
  it('says where it stands, what was wanted and what is there', () => {
    expect(() => memberString(members, 'integer', 'root.keys')).toThrow('root.keys.integer: wanted a string, got a number');
    expect(() => memberInteger(members, 'boolean', 'root')).toThrow('root.boolean: wanted a whole number, got false');
    expect(() => memberObject(members, 'nothing', 'root')).toThrow('root.nothing: wanted an object, got null');
    expect(() => memberArray(members, 'object', 'root')).toThrow('root.object: wanted an array, got an object');
  });

  it('quotes and cuts a foreign name', () => {
    expect(() => memberString(members, `\u001b[2J${'x'.repeat(500)}`, 'root')).toThrow(/^root\."\\u001b\[2Jx{60,70}\.\.\.": wanted/);
  });
});
