import { describe, expect, it } from 'vitest';
import { type JsonValue, jsonObject } from '../json/value.ts';
import { parseDigest } from '../names/digest.ts';
import { parseGun } from '../names/gun.ts';
import { parseTag } from '../names/target-path.ts';
import { checkEntryOf, entryKind, entryOf, fileEntry, imageEntry, revocationEntry, revocationPath } from './entries.ts';

const digest = parseDigest(`sha256:${'ab'.repeat(32)}`);
const entry = (custom: JsonValue) => ({
  length: 1,
  hashes: new Map([['sha256', 'ab'.repeat(32)]]),
  custom: jsonObject({ countersign: custom }),
});

describe('an entry', () => {
  it('says what it speaks of', () => {
    expect(entryKind(imageEntry({ digest, length: 1, mediaType: 'a/b' }))).toEqual({ kind: 'image', mediaType: 'a/b' });
    expect(entryKind(fileEntry({ digest, length: 1 }))).toEqual({ kind: 'file' });
    expect(entryKind(revocationEntry(digest))).toEqual({ kind: 'revocation' });
  });

  it('can say which repository it was signed for, and holds in no other', () => {
    const [gun, other] = [parseGun('registry.example.com/team/app'), parseGun('registry.example.com/team/other')];
    const signed = entryOf(gun, imageEntry({ digest, length: 1, mediaType: 'a/b' }, jsonObject({ theirs: 1 })));
    expect(entryKind(signed)).toEqual({ kind: 'image', mediaType: 'a/b' });
    expect(signed.custom?.get('theirs')).toBe(1);
    expect(() => checkEntryOf(gun, 'v1', signed)).not.toThrow();
    expect(() => checkEntryOf(other, 'v1', signed)).toThrow(expect.objectContaining({ code: 'wrong-repository' }));
    expect(() => checkEntryOf(gun, 'v1', entry(jsonObject({ v: 1, kind: 'file', gun: 7 })))).toThrow('signed for "7"');
    expect(() => checkEntryOf(other, 'v1', fileEntry({ digest, length: 1 }))).not.toThrow();
  });

  it('of other tools says nothing', () => {
    expect(entryKind({ length: 1, hashes: new Map(), custom: undefined })).toEqual({ kind: 'unstated' });
    expect(entryKind({ length: 1, hashes: new Map(), custom: jsonObject({ theirs: 1 }) })).toEqual({ kind: 'unstated' });
  });

  it('keeps what others say of it', () => {
    const { custom } = imageEntry({ digest, length: 1, mediaType: 'a/b' }, jsonObject({ theirs: 1 }));
    expect([...(custom?.keys() ?? [])].sort()).toEqual(['countersign', 'theirs']);
  });

  it('cannot be told another kind by what others say of it', () => {
    const forged = jsonObject({ countersign: jsonObject({ v: 1, kind: 'image', mediaType: 'a/b' }) });
    expect(entryKind(fileEntry({ digest, length: 1 }, forged))).toEqual({ kind: 'file' });
  });

  it.each<readonly [string, JsonValue]>([
    ['text', 'image'],
    ['nothing', null],
    ['a list', []],
    ['no version', jsonObject({ kind: 'file' })],
    ['another version', jsonObject({ v: 2, kind: 'file' })],
    ['a version as text', jsonObject({ v: '1', kind: 'file' })],
    ['no kind', jsonObject({ v: 1 })],
    ['an unknown kind', jsonObject({ v: 1, kind: 'plugin' })],
    ['no kind but one of all objects', jsonObject({ v: 1, kind: 'constructor' })],
    ['an image without a type', jsonObject({ v: 1, kind: 'image' })],
    ['an image with a type that is no text', jsonObject({ v: 1, kind: 'image', mediaType: 1 })],
  ])('that states %s is refused', (_, custom) => {
    expect(() => entryKind(entry(custom))).toThrowError(expect.objectContaining({ code: 'malformed' }));
  });

  it('that denies a digest stands where no tag can', () => {
    expect(revocationPath(digest)).toBe(`.revoked/sha256-${'ab'.repeat(32)}`);
    expect(() => parseTag(revocationPath(digest))).toThrowError(expect.objectContaining({ code: 'invalid-name' }));
  });
});
