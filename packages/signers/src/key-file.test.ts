import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changePassphrase, generateSigner, type KeyCode, openKeyFile, readKeyFileHeader, writeKeyFile } from './index.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-keys-'));
  path = join(folder, 'alice.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const refusal = (code: KeyCode): unknown => expect.objectContaining({ name: 'KeyError', code });
const put = (bytes: Uint8Array | string): Promise<void> => writeFile(path, bytes, { mode: 0o600 });

describe('writing and opening', () => {
  it.each(['ed25519', 'ecdsa-p256'] as const)('gives the same %s key back', async (kind) => {
    const signer = generateSigner(kind);
    const header = await writeKeyFile(path, signer, 'correct horse', { create: 'refuse', label: 'alice' });
    expect(header).toEqual({ key: signer.key, label: 'alice', cost: 15 });
    const opened = await openKeyFile(path, 'correct horse');
    expect(opened.key).toEqual(signer.key);
    expect(opened.privateKey.equals(signer.privateKey)).toBe(true);
  });

  it('tells the public part without a passphrase', async () => {
    const signer = generateSigner('ecdsa-p256');
    await writeKeyFile(path, signer, 'correct horse', { create: 'refuse', cost: 16 });
    expect(await readKeyFileHeader(path)).toEqual({ key: signer.key, label: undefined, cost: 16 });
  });

  it('is json of the promised members, ends with a newline and is readable by its owner alone', async () => {
    await writeKeyFile(path, generateSigner('ed25519'), 'correct horse', { create: 'refuse', label: 'Ålice @ build' });
    const text = await readFile(path, 'utf8');
    const members = 'schema size keyid key label kdf cipher sealed checksum'.split(' ');
    expect(Object.keys(JSON.parse(text))).toEqual(members);
    expect(JSON.parse(text).size).toBe(Buffer.byteLength(text));
    expect(text.endsWith('\n}\n')).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('uses a new salt and nonce for every file', async () => {
    const signer = generateSigner('ed25519');
    const texts = [];
    for (const name of ['a', 'b']) {
      await writeKeyFile(join(folder, name), signer, 'correct horse', { create: 'refuse' });
      texts.push(JSON.parse(await readFile(join(folder, name), 'utf8')));
    }
    expect(texts[0].kdf.salt).not.toBe(texts[1].kdf.salt);
    expect(texts[0].cipher.nonce).not.toBe(texts[1].cipher.nonce);
  });

  it('takes a passphrase however the keyboard composes its accents', async () => {
    await writeKeyFile(path, generateSigner('ed25519'), 'caf\u00e9', { create: 'refuse' });
    await expect(openKeyFile(path, 'cafe\u0301')).resolves.toBeDefined();
  });

  it('refuses to write over a file unless told, and leaves no draft behind', async () => {
    await put('precious');
    const signer = generateSigner('ed25519');
    await expect(writeKeyFile(path, signer, 'correct horse', { create: 'refuse' })).rejects.toEqual(refusal('exists'));
    expect(await readFile(path, 'utf8')).toBe('precious');
    await writeKeyFile(path, signer, 'correct horse', { create: 'replace' });
    expect((await openKeyFile(path, 'correct horse')).key).toEqual(signer.key);
    expect(await readdir(folder)).toEqual(['alice.json']);
  });

  it('makes the folders that are missing, for their owner alone', async () => {
    await writeKeyFile(join(folder, 'deep', 'er', 'key'), generateSigner('ed25519'), 'correct horse', { create: 'refuse' });
    expect((await stat(join(folder, 'deep', 'er'))).mode & 0o777).toBe(0o700);
  });

  it.each([14, 21, 15.5, Number.NaN])('refuses the scrypt cost %s', async (cost) => {
    const written = writeKeyFile(path, generateSigner('ed25519'), 'correct horse', { create: 'refuse', cost });
    await expect(written).rejects.toEqual(refusal('unsupported'));
  });

  it.each(['', ' a', 'a\u001b[2J', 'a\u202eb', 'x'.repeat(65), '\ud800'])('refuses the label %j', async (label) => {
    const written = writeKeyFile(path, generateSigner('ed25519'), 'correct horse', { create: 'refuse', label });
    await expect(written).rejects.toMatchObject({ name: 'FormatError', code: 'invalid-name' });
  });

  it('refuses an empty passphrase', async () => {
    await expect(writeKeyFile(path, generateSigner('ed25519'), '', { create: 'refuse' })).rejects.toEqual(refusal('unsupported'));
  });
});

describe('changing the passphrase', () => {
  it('keeps key, label and cost, and forgets the old passphrase', async () => {
    const signer = generateSigner('ed25519');
    await writeKeyFile(path, signer, 'old one', { create: 'refuse', label: 'alice', cost: 16 });
    await changePassphrase(path, { from: 'old one', to: 'new one' });
    expect(await readKeyFileHeader(path)).toEqual({ key: signer.key, label: 'alice', cost: 16 });
    expect((await openKeyFile(path, 'new one')).key).toEqual(signer.key);
    await expect(openKeyFile(path, 'old one')).rejects.toEqual(refusal('wrong-passphrase'));
  });

  it('leaves the file as it is when the old passphrase is wrong', async () => {
    await writeKeyFile(path, generateSigner('ed25519'), 'old one', { create: 'refuse' });
    const before = await readFile(path);
    await expect(changePassphrase(path, { from: 'mistyped', to: 'new one' })).rejects.toEqual(refusal('wrong-passphrase'));
    expect(await readFile(path)).toEqual(before);
  });
});

describe('what is wrong with a file', () => {
  it('tells a wrong passphrase from all else', async () => {
    await writeKeyFile(path, generateSigner('ed25519'), 'correct horse', { create: 'refuse' });
    await expect(openKeyFile(path, 'incorrect horse')).rejects.toEqual(refusal('wrong-passphrase'));
    await expect(openKeyFile(path, '')).rejects.toEqual(refusal('wrong-passphrase'));
  });

  it('tells a missing file and a folder', async () => {
    await expect(openKeyFile(path, 'x')).rejects.toEqual(refusal('not-found'));
    await expect(openKeyFile(folder, 'x')).rejects.toEqual(refusal('unreadable'));
  });

  it.runIf(process.platform !== 'win32').each([0o640, 0o604, 0o620, 0o601, 0o644])('refuses mode %o', async (mode) => {
    await writeKeyFile(path, generateSigner('ed25519'), 'correct horse', { create: 'refuse' });
    await chmod(path, mode);
    await expect(openKeyFile(path, 'correct horse')).rejects.toEqual(refusal('open-permissions'));
    await expect(readKeyFileHeader(path)).rejects.toEqual(refusal('open-permissions'));
  });

  it('calls every beginning of a file truncated', async () => {
    await writeKeyFile(path, generateSigner('ecdsa-p256'), 'correct horse', { create: 'refuse', label: 'Ålice' });
    const whole = await readFile(path);
    for (let length = 0; length < whole.length; length++) {
      await put(whole.subarray(0, length));
      await expect(openKeyFile(path, 'correct horse'), `${length} bytes`).rejects.toEqual(refusal('truncated'));
    }
  });

  it('calls a file with any changed byte damaged, before any passphrase is tried', async () => {
    await writeKeyFile(path, generateSigner('ed25519'), 'correct horse', { create: 'refuse', label: 'Ålice' });
    const whole = await readFile(path);
    const codes = new Map<string, number>();
    for (let at = 0; at < whole.length; at++) {
      for (const change of [0x01, 0x20, 0x80]) {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ change;
        await put(changed);
        const error: unknown = await openKeyFile(path, 'correct horse').catch((caught: unknown) => caught);
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'opened';
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    }
    expect([...codes.keys()]).toEqual(['damaged']);
  });

  it('refuses what was added, in front, inside and at the end', async () => {
    await writeKeyFile(path, generateSigner('ed25519'), 'correct horse', { create: 'refuse' });
    const text = await readFile(path, 'utf8');
    const spellings = [` ${text}`, `${text}\n`, `${text}{}`, text.replace('{\n', '{\n  "note": "hi",\n'), text.replaceAll('\n', '\r\n')];
    for (const changed of [...spellings, JSON.stringify(JSON.parse(text))]) {
      await put(changed);
      await expect(openKeyFile(path, 'correct horse')).rejects.toEqual(refusal('damaged'));
    }
  });

  it('tells files of another kind', async () => {
    const cases: readonly (readonly [string, KeyCode])[] = [
      ['{"schema":"countersign-key/2"}', 'unknown-schema'],
      ['{"schema":1}', 'unknown-schema'],
      ['{}', 'unknown-schema'],
      ['[]', 'unknown-schema'],
      ['-----BEGIN PRIVATE KEY-----\n', 'unsupported'],
      ['x'.repeat(20_000), 'damaged'],
    ];
    for (const [text, code] of cases) {
      await put(text);
      await expect(openKeyFile(path, 'x'), text.slice(0, 40)).rejects.toEqual(refusal(code));
    }
  });
});
