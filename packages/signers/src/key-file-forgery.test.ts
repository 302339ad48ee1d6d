// Against a person who can write the file and knows how its checksum is made, but not the passphrase.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateSigner, openKeyFile, readKeyFileHeader, writeKeyFile } from './index.ts';
import { type KeyFile, parseKeyFile, spellKeyFile } from './key-file-text.ts';
import { readSecretFile } from './secret-file.ts';

let folder: string;
let path: string;
let genuine: KeyFile;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-keys-'));
  path = join(folder, 'key');
  await writeKeyFile(path, generateSigner('ed25519'), 'correct horse', { create: 'refuse', label: 'alice' });
  genuine = parseKeyFile(await readSecretFile(path, 16_384), path);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const forge = (changes: Partial<KeyFile>): Promise<void> => writeFile(path, spellKeyFile({ ...genuine, ...changes }));
const flip = (hex: string): string => (hex.startsWith('0') ? '1' : '0') + hex.slice(1);

describe('a changed file with a checksum made anew', () => {
  it('still opens when nothing changed, so that the other claims mean something', async () => {
    await forge({});
    expect((await openKeyFile(path, 'correct horse')).key).toEqual(genuine.key);
  });

  it('never opens with another label', async () => {
    await forge({ label: 'mallory' });
    expect((await readKeyFileHeader(path)).label).toBe('mallory');
    await expect(openKeyFile(path, 'correct horse')).rejects.toMatchObject({ code: 'wrong-passphrase' });
  });

  it('never opens with the public key of another', async () => {
    await forge({ key: generateSigner('ed25519').key });
    await expect(openKeyFile(path, 'correct horse')).rejects.toMatchObject({ code: 'wrong-passphrase' });
  });

  it('never opens with another cost, salt, nonce or ciphertext', async () => {
    const changes: readonly Partial<KeyFile>[] = [
      { cost: 16 },
      { salt: flip(genuine.salt) },
      { nonce: flip(genuine.nonce) },
      { sealed: flip(genuine.sealed) },
      { sealed: genuine.sealed.slice(0, -2) },
    ];
    for (const change of changes) {
      await forge(change);
      await expect(openKeyFile(path, 'correct horse')).rejects.toMatchObject({ code: 'wrong-passphrase' });
    }
  });

  it('is damaged when it asks for a cheap or a huge derivation, or holds no key', async () => {
    for (const change of [{ cost: 14 }, { cost: 21 }, { cost: 40 }, { sealed: '' }, { sealed: '00'.repeat(16) }]) {
      await forge(change);
      await expect(openKeyFile(path, 'correct horse')).rejects.toMatchObject({ code: 'damaged' });
    }
  });

  it('is damaged when its key id is not the digest of its key', async () => {
    await forge({ key: { ...genuine.key, keyid: generateSigner('ed25519').key.keyid } });
    await expect(readKeyFileHeader(path)).rejects.toMatchObject({ code: 'damaged' });
  });
});

it('refuses a file whose writer knew the passphrase and put in two different keys', async () => {
  const { privateKey, sign } = generateSigner('ed25519');
  await writeKeyFile(path, { key: genuine.key, privateKey, sign }, 'correct horse', { create: 'replace' });
  await expect(openKeyFile(path, 'correct horse')).rejects.toMatchObject({ code: 'damaged' });
});
