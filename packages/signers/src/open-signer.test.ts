import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateSigner, openSigner, writeKeyFile } from './index.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign keys '));
  path = join(folder, 'key.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const never = (): Promise<string> => Promise.reject(new Error('asked for a passphrase'));

describe('a key uri', () => {
  it('may be a bare path, file:PATH or file:///PATH', async () => {
    const { key } = generateSigner('ed25519');
    const signer = generateSigner('ed25519');
    await writeKeyFile(path, signer, 'correct horse', { create: 'refuse', label: 'alice' });
    for (const uri of [path, `file:${path}`, `FILE:${path}`, pathToFileURL(path).href]) {
      const opened = await openSigner(uri, { passphrase: async (header) => (header.label === 'alice' ? 'correct horse' : '') });
      expect(opened.key).toEqual(signer.key);
      expect(opened.key).not.toEqual(key);
    }
  });

  it.each(['pkcs11:token=x', 'exec:rm', 'https://example.com/key', 'awskms://x', 'file://host/key', ''])('refuses %j', async (uri) => {
    await expect(openSigner(uri, { passphrase: never })).rejects.toMatchObject({ name: 'KeyError', code: 'unsupported' });
  });

  it('asks for no passphrase when there is nothing to open', async () => {
    await expect(openSigner(path, { passphrase: never })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('throws what the passphrase source throws', async () => {
    await writeKeyFile(path, generateSigner('ed25519'), 'correct horse', { create: 'refuse' });
    await expect(openSigner(path, { passphrase: never })).rejects.toThrow('asked for a passphrase');
  });
});
