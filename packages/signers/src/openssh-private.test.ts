import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exportOpenSsh, exportPrivatePem, exportPublicOpenSsh, generateSigner, type KeyKind } from './index.ts';
import { importOpenSsh } from './openssh-private.ts';
import { importPrivatePem } from './pem.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-ssh-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const has = (program: string, ...args: string[]): boolean => spawnSync(program, args).error === undefined;
const run = (program: string, ...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
  return stdout;
};
const path = (name: string): string => join(folder, name);
const keep = (name: string, text: string): string => {
  writeFileSync(path(name), text, { mode: 0o600 });
  return path(name);
};
const twoWords = (line: string): string => line.split(' ').slice(0, 2).join(' ').trim();

describe.each<KeyKind>(['ed25519', 'ecdsa-p256'])('a key of kind %s in the form of openssh', (kind) => {
  const signer = generateSigner(kind);
  const text = exportOpenSsh(signer, 'alice');

  it('comes back as it went, with its comment', () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const one = generateSigner(kind);
      expect(importOpenSsh(exportOpenSsh(one, 'alice'), 'it')).toMatchObject({ signer: { key: one.key }, label: 'alice' });
    }
  });

  it('leaves out a comment that would move a cursor', () => {
    expect(importOpenSsh(exportOpenSsh(signer, 'a\u001b[2Jb'), 'it').label).toBeUndefined();
  });

  it.each([
    ['cut off', (lines: string) => lines.replace(/-----END[^\n]*\n$/, '')],
    ['with a missing line', (lines: string) => lines.split('\n').toSpliced(2, 1).join('\n')],
    ['with a changed byte', (lines: string) => lines.replace('AAAA', 'AAAB')],
    ['of rubbish', () => '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n'],
  ])('refuses text %s', (_, changed) => {
    expect(() => importOpenSsh(changed(text), 'it')).toThrow(expect.objectContaining({ name: 'KeyError', code: 'damaged' }));
  });

  it('refuses every file in which one byte of the private part changed, or reads the same key', () => {
    const [head = '', ...lines] = text.trim().split('\n');
    const bytes = Buffer.from(lines.slice(0, -1).join(''), 'base64');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const file = `${head}\n${changed.toString('base64')}\n${lines.at(-1)}\n`;
      let got: string | undefined;
      try {
        got = importOpenSsh(file, 'it').signer.key.fingerprint;
      } catch (error) {
        expect(error).toMatchObject({ name: 'KeyError' });
      }
      if (got !== undefined) expect(got).toBe(signer.key.fingerprint);
    }
  });

  it.skipIf(!has('ssh-keygen', '-?'))('is read by ssh-keygen, and reads what ssh-keygen made', () => {
    const file = keep(`${kind}-ours`, text);
    expect(twoWords(run('ssh-keygen', '-y', '-f', file))).toBe(twoWords(exportPublicOpenSsh(signer.key, 'alice')));
    const theirs = path(`${kind}-theirs`);
    run('ssh-keygen', '-q', '-t', kind === 'ed25519' ? 'ed25519' : 'ecdsa', '-b', '256', '-N', '', '-C', 'bob', '-f', theirs);
    const imported = importOpenSsh(readFileSync(theirs, 'utf8'), theirs);
    expect(twoWords(exportPublicOpenSsh(imported.signer.key, ''))).toBe(twoWords(readFileSync(`${theirs}.pub`, 'utf8')));
    expect(imported.label).toBe('bob');
    run('ssh-keygen', '-q', '-p', '-N', 'secret', '-f', theirs);
    const encrypted = readFileSync(theirs, 'utf8');
    expect(() => importOpenSsh(encrypted, theirs)).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  it.skipIf(!has('openssl', 'version'))('is read by openssl in pkcs#8, plain and encrypted, and reads what openssl made', () => {
    const [plain, encrypted] = [keep(`${kind}.pem`, exportPrivatePem(signer, 'unsafe-plain')), path(`${kind}-encrypted.pem`)];
    writeFileSync(encrypted, exportPrivatePem(signer, { passphrase: 'correct horse' }), { mode: 0o600 });
    const der = (...args: string[]): string => run('openssl', 'pkey', ...args, '-pubout');
    expect(der('-in', encrypted, '-passin', 'pass:correct horse')).toBe(der('-in', plain));
    const algorithm = kind === 'ed25519' ? ['ed25519'] : ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    const theirs = path(`${kind}-openssl.pem`);
    run('openssl', 'genpkey', '-algorithm', ...algorithm, '-aes256', '-pass', 'pass:secret', '-out', theirs);
    const imported = importPrivatePem(readFileSync(theirs, 'utf8'), { passphrase: 'secret' });
    expect(der('-in', keep(`${kind}-back.pem`, exportPrivatePem(imported, 'unsafe-plain')))).toBe(
      der('-in', theirs, '-passin', 'pass:secret'),
    );
  });
});

it('refuses other kinds of key', () => {
  const text = exportOpenSsh(generateSigner('ed25519'), '').split('\n');
  const bytes = Buffer.from(text.slice(1, -2).join(''), 'base64');
  const other = Buffer.from(bytes.toString('latin1').replaceAll('ssh-ed25519', 'ssh-ed25520'), 'latin1').toString('base64');
  const file = `-----BEGIN OPENSSH PRIVATE KEY-----\n${other}\n-----END OPENSSH PRIVATE KEY-----\n`;
  expect(() => importOpenSsh(file, 'it')).toThrow(expect.objectContaining({ code: 'unsupported' }));
});
