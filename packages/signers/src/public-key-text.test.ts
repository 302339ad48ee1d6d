import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportPrivatePem, exportPublicPem, generateSigner, keyFolder, readPublicKey } from './index.ts';

const read = (text: string) => readPublicKey(Buffer.from(text), 'key.pub');
const failure = (text: string) => {
  try {
    read(text);
  } catch (error) {
    return error;
  }
  return undefined;
};

/** As OpenSSH writes it. */
function line(kind: string, ...fields: readonly (string | Buffer)[]): string {
  const parts = [kind, ...fields].flatMap((field) => {
    const bytes = Buffer.from(field);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
  return `${kind} ${Buffer.concat(parts).toString('base64')} alice@example.com`;
}

describe('a public key', () => {
  it.each(['ed25519', 'ecdsa-p256'] as const)('of kind %s is read from PEM, and from a key file', async (kind) => {
    const signer = generateSigner(kind);
    expect(read(exportPublicPem(signer.key))).toEqual(signer.key);
    expect(read(exportPublicPem(signer.key).replaceAll('\n', '\r\n'))).toEqual(signer.key);
    const folder = mkdtempSync(join(tmpdir(), 'countersign-public-'));
    const { path } = await keyFolder(folder).add(signer, 'secret', { create: 'refuse', label: 'x', cost: 15 });
    expect(read(readFileSync(path, 'utf8'))).toEqual(signer.key);
    rmSync(folder, { recursive: true });
  });

  // RFC 8032 §7.1, test 1.
  it('is read from a line of OpenSSH', () => {
    const bytes = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');
    expect(read(`${line('ssh-ed25519', bytes)}\n`).object.get('keyval')).toEqual(new Map([['public', bytes.toString('hex')]]));
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const der = publicKey.export({ type: 'spki', format: 'der' });
    const ours = read(publicKey.export({ type: 'spki', format: 'pem' }).toString());
    expect(read(line('ecdsa-sha2-nistp256', 'nistp256', der.subarray(-65)))).toEqual(ours);
  });

  it('is what ssh-keygen says it is', (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-ssh-'));
    try {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(folder, 'id')]);
    } catch {
      return context.skip('this machine has no ssh-keygen');
    }
    const pub = readFileSync(join(folder, 'id.pub'), 'utf8');
    const [, blob = ''] = pub.split(' ');
    expect(read(pub).object.get('keyval')).toEqual(new Map([['public', Buffer.from(blob, 'base64').subarray(-32).toString('hex')]]));
    expect(failure(readFileSync(join(folder, 'id'), 'utf8'))).toMatchObject({ code: 'unsupported' });
    rmSync(folder, { recursive: true });
  });

  const good = line('ssh-ed25519', Buffer.alloc(32, 9));
  const [kind, blob = ''] = good.split(' ');
  it.each([
    ['a private key', exportPrivatePem(generateSigner('ed25519'), 'unsafe-plain'), 'unsupported'],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----', 'unsupported'],
    ['nothing', '', 'unsupported'],
    ['words', 'alice', 'unsupported'],
    ['PEM of no key', '-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----', 'damaged'],
    [
      'an RSA key of 1024 bits',
      generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' }),
      'unsupported',
    ],
    ['an OpenSSH key of RSA', line('ssh-rsa', 'e', 'n'), 'unsupported'],
    ['a security token', line('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 9), 'ssh:'), 'unsupported'],
    ['two keys', `${good}\n${good}`, 'unsupported'],
    ['a kind that is not the one inside', good.replace('ssh-ed25519', 'ssh-rsa'), 'damaged'],
    ['a cut key', `${kind} ${blob.slice(0, -4)}`, 'damaged'],
    ['a longer key', `${kind} ${blob}AAAA`, 'damaged'],
    ['a key of 31 bytes', line('ssh-ed25519', Buffer.alloc(31, 9)), 'damaged'],
    ['a key that is not base64', `${kind} ${blob.slice(1)}`, 'damaged'],
    ['a kind alone', 'ssh-ed25519 ', 'unsupported'],
    ['a point that is on no curve', line('ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(65, 4)), 'unsupported'],
    ['another curve', line('ecdsa-sha2-nistp256', 'nistp384', Buffer.alloc(65, 4)), 'damaged'],
    ['a key for which anybody can sign', line('ssh-ed25519', Buffer.concat([Buffer.from([1]), Buffer.alloc(31)])), 'unsupported'],
  ] as const)('is not read from %s', (_, text, code) => {
    expect(failure(String(text))).toMatchObject({ name: 'KeyError', code });
  });
});
