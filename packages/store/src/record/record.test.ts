import type { Fingerprint } from '@countersign/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { app, gun, newFile, noon, role } from '../contract/samples.ts';
import { isFingerprint } from '../guards.ts';
import { memoryStore } from '../memory.ts';
import { draftRecord, type RecordFacts } from './draft.ts';
import { recordIn } from './drafted.ts';
import { maxRecordBytes, noRecordHash, recordHash } from './hash.ts';
import { readRecord } from './read.ts';

const fingerprint = (index: number): Fingerprint => {
  const text = index.toString(16).padStart(64, '0');
  if (!isFingerprint(text)) throw new Error(text);
  return text;
};
const facts: RecordFacts = { repository: app, kind: 'publish', time: noon, files: [newFile('root', 1)], signers: [fingerprint(1)] };
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('draftRecord', () => {
  it('writes one canonical line, whose hash can be computed by anyone', () => {
    const { bytes, seq, hash } = draftRecord(undefined, facts);
    expect(textOf(bytes)).toBe(
      `{"changed":["root"],"dialect":"tuf","gun":"registry.example.com/team/app","kind":"publish","prev":"${'0'.repeat(64)}",` +
        `"root":{"digest":"${newFile('root', 1).digest}","version":1},"seq":1,"signers":["${fingerprint(1)}"],` +
        `"time":"2025-01-31T12:00:00Z","v":1}`,
    );
    expect(seq).toBe(1);
    expect(hash).toBe(recordHash(bytes));
    expect(noRecordHash).toBe('0'.repeat(64));
  });

  it('hashes 0x00 and the bytes, as the leaf of a transparency log does', () => {
    // printf '\0abc' | sha256sum
    expect(recordHash(bytesOf('abc'))).toBe('609f6e36d2405585188d5cfd761f407c7cc46a7d3f314c88270469dde315fcd1');
  });

  it('believes what it drafted only as long as the bytes are the same', () => {
    const draft = draftRecord(undefined, facts);
    expect(recordIn(draft)).toBe(draft.record);
    expect(recordIn({ ...draft })).toEqual(draft.record);
    draft.bytes[0] = 0;
    expect(() => recordIn(draft)).toThrow('is not JSON');
  });

  it('names the newest versions of the head and of the change, and the changed roles without the timestamp', async () => {
    const store = memoryStore();
    const files = [newFile('root', 1), newFile('targets', 4), newFile('snapshot', 2)];
    const first = draftRecord(undefined, { ...facts, files });
    const head = await store.commit(app, 'new', { files, claims: [], record: first });
    const changed = [newFile('timestamp', 9), newFile('releases', 2), newFile('snapshot', 3)];
    const { record } = draftRecord(head, { ...facts, files: changed });
    expect(record).toMatchObject({ seq: 2, prev: first.hash, changed: ['releases', 'snapshot'] });
    expect([record.root?.version, record.targets?.version, record.snapshot?.version]).toEqual([1, 4, 3]);
    const reborn = draftRecord(head, { ...facts, files: changed, reset: true }).record;
    expect([reborn.root?.version, reborn.targets?.version, reborn.snapshot?.version]).toEqual([undefined, undefined, 3]);
  });

  it('names 32 roles and 64 signers and counts the rest, within 8 KiB however long the names', () => {
    const files = Array.from({ length: 600 }, (_, index) => newFile(`role-${String(index).padStart(3, '0')}`, 1));
    const signers = Array.from({ length: 200 }, (_, index) => fingerprint(index % 100));
    const { record, bytes } = draftRecord(undefined, { ...facts, files, signers });
    expect(record.changed).toHaveLength(32);
    expect(record).toMatchObject({ more: 568, moreSigners: 36 });
    expect(record.signers).toHaveLength(64);
    expect(bytes.length).toBeLessThanOrEqual(maxRecordBytes);
    const long = files.map((file) => ({ ...file, role: role(`${file.role}${'"'.repeat(190)}`) }));
    const crowded = draftRecord(undefined, { ...facts, files: long, signers });
    expect(crowded.bytes.length).toBeLessThanOrEqual(maxRecordBytes);
    expect(crowded.record.changed.length + (crowded.record.more ?? 0)).toBe(600);
  });

  it('is pure: the same facts give the same bytes, in any order', () => {
    const files = [newFile('root', 1), newFile('targets', 1)];
    const one = draftRecord(undefined, { ...facts, files, signers: [fingerprint(2), fingerprint(1)] });
    const two = draftRecord(undefined, { ...facts, files: files.toReversed(), signers: [fingerprint(1), fingerprint(2), fingerprint(1)] });
    expect(two.hash).toBe(one.hash);
  });
});

describe('readRecord', () => {
  const good = textOf(draftRecord(undefined, facts).bytes);

  it('reads what draftRecord writes', () => {
    const draft = draftRecord(undefined, { ...facts, repository: { gun: gun('Ünïcode/"quoted"'), dialect: 'notary' } });
    expect(readRecord(draft.bytes)).toEqual(draft.record);
  });

  it('refuses every second spelling, and every member that is missing, strange or too much', () => {
    const wrong = {
      'a space': good.replace(',"kind"', ', "kind"'),
      'a line feed at the end': `${good}\n`,
      'a byte order mark': `\ufeff${good}`,
      'another order': good.replace('"seq":1,', '').replace('"changed"', '"seq":1,"changed"'),
      'a repeated member': good.replace('"seq":1', '"seq":1,"seq":1'),
      'an unknown member': good.replace(',"v":1', ',"v":1,"x":1'),
      'an escape that need not be': good.replace('"kind"', '"\\u006bind"'),
      'a number with a point': good.replace('"seq":1', '"seq":1.0'),
      'no seq': good.replace('"seq":1,', ''),
      'seq 0': good.replace('"seq":1', '"seq":0'),
      'another version': good.replace('"v":1', '"v":2'),
      'another kind': good.replace('"kind":"publish"', '"kind":"rewrite"'),
      'an upper-case hash': good.replace('"prev":"0', '"prev":"A'),
      'a day that does not exist': good.replace('01-31', '02-30'),
      'a time with parts of a second': good.replace('00Z', '00.5Z'),
      'a digest of another kind': good.replace('sha256:', 'sha512:'),
      'a file without a version': good.replace(',"version":1', ''),
      'an unsorted list': good.replace('["root"]', '["root","releases"]'),
      'a repeated role': good.replace('["root"]', '["root","root"]'),
      'a list that is no list': good.replace('["root"]', '"root"'),
      'a count of none': good.replace('"prev"', '"more":0,"prev"'),
      'null in place of a file': good.replace(/"root":\{[^}]*\}/, '"root":null'),
      'an array': `[${good}]`,
      nothing: '',
    };
    for (const [name, text] of Object.entries(wrong)) {
      expect(text, name).not.toBe(good);
      expect(() => readRecord(bytesOf(text)), name).toThrow(expect.objectContaining({ name: 'StoreError', code: 'invalid' }));
    }
    expect(() => readRecord(new Uint8Array(maxRecordBytes + 1))).toThrow(expect.objectContaining({ code: 'invalid' }));
    expect(() => readRecord(Uint8Array.of(0xff))).toThrow(expect.objectContaining({ code: 'invalid' }));
  });

  it('takes no change of any byte for the same record', () => {
    const { bytes, hash } = draftRecord(undefined, facts);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = bytes.map((byte, index) => (index === at ? byte ^ flip : byte));
        expect(recordHash(changed)).not.toBe(hash);
      }),
      { numRuns: 50 },
    );
  });
});
