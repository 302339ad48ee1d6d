import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeHex, type Gun, parseGun } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deriveServerSigner, loadMasterKey, type ServerKeyName } from './index.ts';

const gun: Gun = parseGun('registry.example.com/team/app');
const secret = decodeHex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
const name: ServerKeyName = { gun, dialect: 'tuf', role: 'timestamp', generation: 1 };

describe('derived server keys', () => {
  it('are the same for ever', () => {
    expect(deriveServerSigner(secret, name).key.fingerprint).toBe('5171a939dde574f7f3bb71cab9fba9fcd8202220a3042b1a40dc6d3bc6071d29');
  });

  it('differ by every part of the name and by the secret', () => {
    const fingerprints = [
      deriveServerSigner(secret, name),
      deriveServerSigner(secret, { ...name, gun: parseGun('registry.example.com/team/apps') }),
      deriveServerSigner(secret, { ...name, dialect: 'notary' }),
      deriveServerSigner(secret, { ...name, role: 'snapshot' }),
      deriveServerSigner(secret, { ...name, generation: 2 }),
      deriveServerSigner(new Uint8Array(32), name),
    ].map((signer) => signer.key.fingerprint);
    expect(new Set(fingerprints).size).toBe(fingerprints.length);
  });

  it('refuse a secret of another length and a generation that counts nothing', () => {
    for (const length of [0, 16, 31, 33]) {
      expect(() => deriveServerSigner(new Uint8Array(length), name)).toThrow(expect.objectContaining({ code: 'unsupported' }));
    }
    for (const generation of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
      expect(() => deriveServerSigner(secret, { ...name, generation })).toThrow(expect.objectContaining({ code: 'unsupported' }));
    }
  });
});

describe('the master key', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-master-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is made once, readable by its owner alone, and found again', async () => {
    const made = await loadMasterKey({ folder });
    expect(made).toHaveLength(32);
    expect(await loadMasterKey({ folder })).toEqual(made);
    expect(await loadMasterKey({ file: join(folder, 'master.key') })).toEqual(made);
    expect(await readFile(join(folder, 'master.key'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    expect((await stat(join(folder, 'master.key'))).mode & 0o777).toBe(0o600);
  });

  it('is one, however many processes start at once', async () => {
    const secrets = await Promise.all(Array.from({ length: 8 }, () => loadMasterKey({ folder })));
    expect(new Set(secrets.map((bytes) => Buffer.from(bytes).toString('hex'))).size).toBe(1);
  });

  it('is never made where an operator named a file', async () => {
    await expect(loadMasterKey({ file: join(folder, 'mistyped') })).rejects.toMatchObject({ code: 'not-found' });
  });

  it.runIf(process.platform !== 'win32')('is refused when others may read it', async () => {
    await loadMasterKey({ folder });
    await chmod(join(folder, 'master.key'), 0o640);
    await expect(loadMasterKey({ folder })).rejects.toMatchObject({ code: 'open-permissions' });
  });

  it('is refused when it was cut or changed, and never made anew', async () => {
    await loadMasterKey({ folder });
    const path = join(folder, 'master.key');
    const whole = await readFile(path, 'utf8');
    const cases = [
      ['', 'truncated'],
      [whole.slice(0, 20), 'truncated'],
      [whole.slice(0, -1), 'truncated'],
      [`${whole}\n`, 'damaged'],
      [`X${whole.slice(1)}`, 'damaged'],
      ['\0'.repeat(65), 'damaged'],
      ['a'.repeat(1000), 'damaged'],
    ] as const;
    for (const [text, code] of cases) {
      await writeFile(path, text);
      await expect(loadMasterKey({ folder })).rejects.toMatchObject({ name: 'KeyError', code });
      expect(await readFile(path, 'utf8')).toBe(text);
    }
  });
});
