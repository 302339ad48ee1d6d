import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseGun, parsePin, portable } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeMachines, random, temporaryFolder } from '../test/machine.ts';
import { openPinStore, type PinStore, pinnedText } from './index.ts';

const GUN = parseGun('registry.example.com/team/app');
const OTHER = parseGun('localhost:5000/app');
const pin = (digit: string, rest = '') => parsePin(`sha256:${digit.repeat(64)}@1${rest}`);

let folder: string;
let pins: PinStore;
beforeEach(async () => {
  folder = join(await temporaryFolder(), 'deep', 'pins');
  pins = openPinStore({ folder, crypto: portable(), random });
});
afterEach(closeMachines);

describe('a pin', () => {
  it('is there until it is removed, and nobody else reads it', async () => {
    expect(await pins.read(GUN)).toBeUndefined();
    await pins.write(GUN, pin('a', ' root>=7 snapshot>=42'));
    expect(await pins.read(GUN)).toEqual(pin('a', ' root>=7 snapshot>=42'));
    expect(await pins.read(OTHER)).toBeUndefined();
    const [name = ''] = await readdir(folder);
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await pins.remove(GUN)).toBe(true);
    expect(await pins.remove(GUN)).toBe(false);
    expect(await pins.read(GUN)).toBeUndefined();
  });

  it('is one of each dialect for a name, and neither speaks for the other', async () => {
    const old = openPinStore({ folder, dialect: 'notary', crypto: portable(), random });
    await pins.write(GUN, pin('a'));
    expect(await old.read(GUN)).toBeUndefined();
    await old.write(GUN, pin('b'));
    expect([await pins.read(GUN), await old.read(GUN)]).toEqual([pin('a'), pin('b')]);
    expect((await pins.list()).map(({ gun, dialect }) => [gun, dialect])).toEqual([
      [GUN, 'tuf'],
      [GUN, 'notary'],
    ]);
    await old.remove(GUN);
    expect(await pins.read(GUN)).toEqual(pin('a'));
  });

  it('is not replaced by another root, only by other minimums', async () => {
    await pins.write(GUN, pin('a'));
    await expect(pins.write(GUN, pin('b'))).rejects.toMatchObject({ name: 'StateError', code: 'conflicting-pin' });
    await pins.write(GUN, pin('a', ' root>=3'));
    expect((await pins.read(GUN))?.minimum).toEqual({ root: 3 });
  });

  it('makes way for one of another version, and its minimums stay', async () => {
    await pins.write(GUN, pin('a', ' root>=3 snapshot>=9'));
    const newer = parsePin(`sha256:${'b'.repeat(64)}@5 root>=2`);
    expect(await pins.write(GUN, newer)).toEqual(pin('a', ' root>=3 snapshot>=9'));
    expect(await pins.read(GUN)).toEqual({ pin: newer.pin, minimum: { root: 3, snapshot: 9 } });
    expect(await pins.write(GUN, newer)).toBeUndefined();
  });

  it('is listed by name', async () => {
    expect(await pins.list()).toEqual([]);
    await pins.write(GUN, pin('a'));
    await pins.write(OTHER, pin('b'));
    await writeFile(join(folder, 'notes.txt'), 'not ours');
    expect((await pins.list()).map(({ gun, pinned }) => `${gun} ${pinnedText(pinned)}`)).toEqual([
      `${OTHER} sha256:${'b'.repeat(64)}@1`,
      `${GUN} sha256:${'a'.repeat(64)}@1`,
    ]);
  });

  it.each<[string, (text: string) => string]>([
    ['empty', () => ''],
    ['truncated', (text) => text.slice(0, 40)],
    ['of a schema of the future', (text) => text.replace('"schema":1', '"schema":2')],
    ['of another name', (text) => text.replace('team/app', 'team/apq')],
    ['with a member that nobody knows', (text) => text.replace('{', '{"more":1,')],
    ['without a digest', (text) => text.replace('sha256:', 'sha512:')],
  ])('in a file that is %s is never no pin', async (_, damage) => {
    await pins.write(GUN, pin('a'));
    const path = join(folder, (await readdir(folder))[0] ?? '');
    await writeFile(path, damage(await readFile(path, 'utf8')));
    await expect(pins.read(GUN)).rejects.toMatchObject({ name: 'StateError', code: 'damaged-state' });
    await expect(pins.write(GUN, pin('a'))).rejects.toMatchObject({ code: 'damaged-state' });
  });

  it('is not listed from a file of another name', async () => {
    await pins.write(GUN, pin('a'));
    const [name = ''] = await readdir(folder);
    await writeFile(join(folder, `${'0'.repeat(64)}.json`), await readFile(join(folder, name)));
    await expect(pins.list()).rejects.toMatchObject({ code: 'damaged-state' });
  });

  it('that cannot be written says so', async () => {
    const blocked = join(await temporaryFolder(), 'file');
    await writeFile(blocked, '');
    const stuck = openPinStore({ folder: join(blocked, 'pins'), crypto: portable(), random });
    await expect(stuck.write(GUN, pin('a'))).rejects.toMatchObject({ name: 'StateError' });
  });
});
