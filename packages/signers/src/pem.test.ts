import { constants, createPrivateKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { exportPrivatePem, exportPublicPem, generateSigner, importPrivatePem } from './index.ts';

const code = (wanted: string): unknown => expect.objectContaining({ name: 'KeyError', code: wanted });

describe.each(['ed25519', 'ecdsa-p256'] as const)('pem of %s', (kind) => {
  const signer = generateSigner(kind);

  it('comes back from the plain form', () => {
    const pem = exportPrivatePem(signer, 'unsafe-plain');
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(importPrivatePem(pem).key).toEqual(signer.key);
  });

  it('comes back from the encrypted form, with its passphrase alone', () => {
    const pem = exportPrivatePem(signer, { passphrase: 'correct horse' });
    expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    expect(importPrivatePem(pem, { passphrase: 'correct horse' }).key).toEqual(signer.key);
    expect(() => importPrivatePem(pem, { passphrase: 'wrong' })).toThrow(code('wrong-passphrase'));
    expect(() => importPrivatePem(pem)).toThrow(code('wrong-passphrase'));
    expect(() => importPrivatePem(pem, { passphrase: '' })).toThrow(code('wrong-passphrase'));
  });

  it('is exported in public as other programs read it', () => {
    expect(exportPublicPem(signer.key)).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\s\S]+\n-----END PUBLIC KEY-----\n$/);
  });
});

describe('import', () => {
  const signer = generateSigner('ecdsa-p256');
  const plain = exportPrivatePem(signer, 'unsafe-plain');
  const sealed = exportPrivatePem(signer, { passphrase: 'correct horse' });

  it('takes the files of the notary client, whose pem has lines of its own', () => {
    const noted = sealed.replace('KEY-----\n', 'KEY-----\nrole: root\ngun: registry.example.com/team/app\n\n');
    expect(importPrivatePem(noted, { passphrase: 'correct horse' }).key).toEqual(signer.key);
  });

  it('takes text around the key, carriage returns, and the older form of an elliptic-curve key', () => {
    expect(importPrivatePem(`exported by hand\n${plain}\n`).key).toEqual(signer.key);
    expect(importPrivatePem(plain.replaceAll('\n', '\r\n')).key).toEqual(signer.key);
    const older = createPrivateKey(plain).export({ type: 'sec1', format: 'pem' });
    expect(importPrivatePem(String(older)).key).toEqual(signer.key);
    const olderSealed = createPrivateKey(plain).export({ type: 'sec1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'correct horse' });
    expect(importPrivatePem(String(olderSealed), { passphrase: 'correct horse' }).key).toEqual(signer.key);
  });

  it('takes rsa keys, in both forms, that sign as metadata has it', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    for (const type of ['pkcs8', 'pkcs1'] as const) {
      const { key, sign } = importPrivatePem(String(privateKey.export({ type, format: 'pem' })));
      expect([key.object.get('keytype'), key.object.get('scheme')]).toEqual(['rsa', 'rsassa-pss-sha256']);
      const signature = await sign(new Uint8Array(9));
      const pss = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
      expect(verify('sha256', new Uint8Array(9), pss, signature)).toBe(true);
    }
  });

  it('refuses a key whose public half is of another one', () => {
    const [one, other] = ['one', 'other'].map(() =>
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'der' }),
    );
    if (one === undefined || other === undefined) throw new Error('no keys');
    // The point of the public half stands last.
    const mixed = Buffer.concat([one.subarray(0, -65), other.subarray(-65)]).toString('base64');
    expect(() => importPrivatePem(`-----BEGIN PRIVATE KEY-----\n${mixed}\n-----END PRIVATE KEY-----\n`)).toThrow(code('damaged'));
  });

  it('refuses a text with two keys', () => {
    expect(() => importPrivatePem(plain + plain)).toThrow(code('unsupported'));
  });

  it('ignores a passphrase for a key that is not encrypted', () => {
    expect(importPrivatePem(plain, { passphrase: 'unused' }).key).toEqual(signer.key);
  });

  it('refuses other kinds of key, public keys and rubbish', () => {
    const others = [
      generateKeyPairSync('rsa', { modulusLength: 1024 }),
      generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
      generateKeyPairSync('ec', { namedCurve: 'P-384' }),
      generateKeyPairSync('x25519'),
    ];
    for (const { privateKey } of others) {
      expect(() => importPrivatePem(String(privateKey.export({ type: 'pkcs8', format: 'pem' })))).toThrow(code('unsupported'));
    }
    for (const text of ['', 'hello', exportPublicPem(signer.key), plain.slice(0, 60), plain.replace(/[A-Z]{6}[^-]/, '!!!!')]) {
      expect(() => importPrivatePem(text), text).toThrow(code('damaged'));
    }
  });

  it('refuses to export under an empty passphrase', () => {
    expect(() => exportPrivatePem(signer, { passphrase: '' })).toThrow(code('unsupported'));
  });
});
