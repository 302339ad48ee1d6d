import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { generateSigner, isKeyUri, keyFolder, parseKeyUri } from './index.ts';

const refused = expect.objectContaining({ name: 'KeyError', code: 'unsupported' });

describe('a key uri', () => {
  it('is told from a label', () => {
    expect(['file:a', 'ENV:A', 'exec:a', 'pkcs11:object=a'].map(isKeyUri)).toEqual([true, true, true, true]);
    expect(['alice', 'root registry.example.com/app', 'filed:a', '3f9a1c'].map(isKeyUri)).toEqual([false, false, false, false]);
  });

  it('names a program and its words, without a shell', () => {
    const words = parseKeyUri('exec:/opt/my%20signer --key  $HOME;rm%25 a%2Fb');
    expect(words).toEqual({ scheme: 'exec', program: '/opt/my signer', args: ['--key', '$HOME;rm%', 'a/b'] });
  });

  it.each(['exec:', 'exec:  ', 'exec:./a', 'exec:../a', 'exec:a/b', 'exec:/a %zz', 'exec:/a%00', 'env:', 'env:1A', 'env:A-B'])(
    'refuses %j',
    (uri) => {
      expect(() => parseKeyUri(uri)).toThrow(refused);
    },
  );

  it('never repeats what may be the key itself', () => {
    expect(() => parseKeyUri('env:-----BEGIN PRIVATE KEY-----')).not.toThrow(expect.objectContaining({ message: /BEGIN/ }));
  });
});

describe('a pkcs11 uri', () => {
  it('is read as RFC 7512 §3 writes it', () => {
    const uri =
      'pkcs11:token=The%20Software%20PKCS%2311;serial=DECC;object=my-key;type=private;id=%69%00%fF?module-path=/lib/a.so&pin-source=file:/etc/pin';
    expect(parseKeyUri(uri)).toEqual({
      scheme: 'pkcs11',
      modulePath: '/lib/a.so',
      token: { label: 'The Software PKCS#11', serial: 'DECC', manufacturer: undefined, model: undefined },
      object: 'my-key',
      id: Uint8Array.of(0x69, 0, 0xff),
      pinFile: '/etc/pin',
    });
  });

  it.each([
    ['no library', 'pkcs11:object=a'],
    ['a library of the working folder', 'pkcs11:object=a?module-path=lib/a.so'],
    ['no key', 'pkcs11:token=a?module-path=/a.so'],
    ['a public key', 'pkcs11:object=a;type=public?module-path=/a.so'],
    ['an attribute that it does not know', 'pkcs11:object=a;slot-id=3?module-path=/a.so'],
    ['an attribute twice', 'pkcs11:object=a;object=b?module-path=/a.so'],
    ['a query that it does not know', 'pkcs11:object=a?module-path=/a.so&module-name=b'],
    ['a PIN that others can read', 'pkcs11:object=a?module-path=/a.so&pin-value=1234'],
    ['a program for the PIN', 'pkcs11:object=a?module-path=/a.so&pin-source=%7C/bin/pin'],
    ['a wrong percent sign', 'pkcs11:object=%4?module-path=/a.so'],
    ['two queries', 'pkcs11:object=a?module-path=/a.so?x'],
    ['no value', 'pkcs11:object?module-path=/a.so'],
  ])('refuses %s', (_, uri) => {
    expect(() => parseKeyUri(uri)).toThrow(refused);
  });
});

describe('a note in the key folder', () => {
  const path = mkdtempSync(join(tmpdir(), 'countersign-notes-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  const folder = keyFolder(path);
  const { key } = generateSigner('ecdsa-p256');

  it('makes a key elsewhere one that is found, by label and fingerprint', async () => {
    const uri = 'pkcs11:object=a?module-path=/a.so';
    const entry = await folder.note({ key, label: 'vault', uri }, { create: 'refuse' });
    expect(await folder.find('vault')).toEqual([entry]);
    expect(await folder.find(key.fingerprint.slice(0, 8))).toEqual([{ key, label: 'vault', uri, path: folder.pathOf(key.keyid) }]);
    await expect(folder.note({ key, label: 'vault', uri }, { create: 'refuse' })).rejects.toMatchObject({ code: 'exists' });
  });

  it('refuses what is no key uri', async () => {
    await expect(folder.note({ key, label: undefined, uri: 'https://example.com' }, { create: 'replace' })).rejects.toThrow(refused);
  });

  it.each([
    ['another member', (text: string) => text.replace('"keyid"', '"x": 1,\n  "keyid"')],
    ['another key', (text: string) => text.replace(/BEGIN PUBLIC KEY-----\\n..../, 'BEGIN PUBLIC KEY-----\\nMFkx')],
    ['another key id', (text: string) => text.replace(/"keyid": "../, '"keyid": "zz')],
    ['another scheme', (text: string) => text.replace('pkcs11:', 'https:')],
    ['no uri', (text: string) => text.replace('"uri"', '"url"')],
  ])('is damaged with %s, and names no key then', async (_, change) => {
    const file = folder.pathOf(key.keyid);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, change(text), { mode: 0o600 });
    const { keys, unusable } = await folder.list();
    writeFileSync(file, text, { mode: 0o600 });
    expect([keys, unusable.map(({ code }) => code)]).toEqual([[], ['damaged']]);
    expect(readdirSync(path)).toHaveLength(1);
  });
});
