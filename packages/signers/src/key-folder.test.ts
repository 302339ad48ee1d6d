import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyId } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateSigner, type KeyFolder, keyFolder, type LocalSigner } from './index.ts';

let root: string;
let folder: KeyFolder;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'countersign-keys-'));
  folder = keyFolder(join(root, 'keys'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function add(label?: string): Promise<LocalSigner> {
  const signer = generateSigner('ed25519');
  await folder.add(signer, 'correct horse', { create: 'refuse', label });
  return signer;
}
const found = async (words: string): Promise<readonly string[]> => (await folder.find(words)).map((entry) => entry.key.keyid);

describe('a key folder', () => {
  it('is empty before it exists', async () => {
    expect(await folder.list()).toEqual({ keys: [], unusable: [] });
    expect(await folder.find('alice')).toEqual([]);
  });

  it('lists by label, keys without one last', async () => {
    await add();
    await add('zoe');
    await add('alice');
    expect((await folder.list()).keys.map((entry) => entry.label)).toEqual(['alice', 'zoe', undefined]);
  });

  it('tells where the file of a key is', async () => {
    const { key } = await add('alice');
    const [entry] = (await folder.list()).keys;
    expect(entry?.path).toBe(folder.pathOf(key.keyid));
  });

  it('lists the others beside a file that cannot be used', async () => {
    const { key } = await add('alice');
    await writeFile(join(folder.path, `${'0'.repeat(64)}.json`), '{"schema":', { mode: 0o600 });
    await writeFile(join(folder.path, '.draft.json.tmp'), 'x');
    await writeFile(join(folder.path, 'notes.txt'), 'x');
    const { keys, unusable } = await folder.list();
    expect(keys.map((entry) => entry.key)).toEqual([key]);
    expect(unusable.map((error) => error.code)).toEqual(['unsupported']);
  });

  it('finds by key id, fingerprint, the beginning of either, and label', async () => {
    const { key } = await add('alice');
    await add('bob');
    for (const words of [key.keyid, key.fingerprint, key.keyid.slice(0, 16), key.fingerprint.slice(0, 16).toUpperCase(), 'alice']) {
      expect(await found(words), words).toEqual([key.keyid]);
    }
    expect(await found('carol')).toEqual([]);
    expect(await found('')).toEqual([]);
    expect(await found(key.fingerprint.slice(0, 5))).toEqual([]);
  });

  it('answers all keys that the words may mean', async () => {
    const { key } = await add('alice');
    const other = await add('alice');
    expect([...(await found('alice'))].sort()).toEqual([key.keyid, other.key.keyid].sort());
    // A label that imitates the fingerprint of another key makes the words ambiguous; it does not take that key's place.
    const imitator = await add(key.fingerprint.slice(0, 16));
    expect([...(await found(key.fingerprint.slice(0, 16)))].sort()).toEqual([key.keyid, imitator.key.keyid].sort());
  });

  it('looks a whole key id up first, whatever labels say', async () => {
    const { key } = await add('alice');
    await add(key.keyid);
    expect(await found(key.keyid)).toEqual([key.keyid]);
  });

  it('refuses to add a key twice, and forgets one that was removed', async () => {
    const signer = await add('alice');
    await expect(folder.add(signer, 'x', { create: 'refuse' })).rejects.toMatchObject({ code: 'exists' });
    await folder.remove(signer.key.keyid);
    expect((await folder.list()).keys).toEqual([]);
    await expect(folder.remove(signer.key.keyid)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('never leaves the folder, whatever a key id says', () => {
    for (const keyid of ['../../etc/passwd', '', '..', 'A'.repeat(64)]) {
      expect(() => folder.pathOf(keyid as KeyId)).toThrow(expect.objectContaining({ code: 'not-found' }));
    }
  });
});
