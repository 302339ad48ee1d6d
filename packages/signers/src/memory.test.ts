import { createHash, createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, verify } from 'node:crypto';
import { encodeCanonical, encodeHex, isJsonObject, type JsonObject, portable } from '@countersign/core';
import { describe, expect, it } from 'vitest';
import { generateSigner, type KeyKind, signerFromPrivateKey } from './index.ts';
import { exportPublicPem } from './public-key.ts';

const message = new TextEncoder().encode('a snapshot');
const publicText = (object: JsonObject): unknown => {
  const keyval = object.get('keyval');
  return isJsonObject(keyval) ? keyval.get('public') : undefined;
};

describe.each<KeyKind>(['ed25519', 'ecdsa-p256'])('a signer of kind %s', (kind) => {
  it('signs what its exported public key verifies', async () => {
    const signer = generateSigner(kind);
    const signature = await signer.sign(message);
    const algorithm = kind === 'ed25519' ? null : 'sha256';
    expect(verify(algorithm, message, createPublicKey(exportPublicPem(signer.key)), signature)).toBe(true);
    expect(verify(algorithm, new Uint8Array(1), createPublicKey(exportPublicPem(signer.key)), signature)).toBe(false);
  });

  it('has the key id and the fingerprint that the specification asks for', () => {
    const { key, privateKey } = generateSigner(kind);
    const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    expect(key.keyid).toBe(sha256(encodeCanonical(key.object)));
    expect(key.fingerprint).toBe(sha256(createPublicKey(privateKey).export({ type: 'spki', format: 'der' })));
    expect([...key.object.keys()].sort()).toEqual(['keytype', 'keyval', 'scheme']);
  });

  it('is another key every time', () => {
    expect(generateSigner(kind).key.fingerprint).not.toBe(generateSigner(kind).key.fingerprint);
  });

  it('shows no private bytes when printed or serialised', () => {
    const signer = generateSigner(kind);
    const secret = signer.privateKey.export({ format: 'jwk' }).d ?? '';
    expect(secret).not.toBe('');
    expect(JSON.stringify(signer)).not.toContain(secret);
  });
});

describe('spelling', () => {
  it('answers 64 bytes for ed25519 and a der sequence for ecdsa', async () => {
    expect(await generateSigner('ed25519').sign(message)).toHaveLength(64);
    const der = await generateSigner('ecdsa-p256').sign(message);
    expect(der[0]).toBe(0x30);
    expect(der[1]).toBe(der.length - 2);
  });

  it('spells ed25519 in hex, and the portable implementation of core verifies it', async () => {
    const signer = generateSigner('ed25519');
    expect(publicText(signer.key.object)).toMatch(/^[0-9a-f]{64}$/);
    const opened = portable().openKey({ keytype: 'ed25519', scheme: 'ed25519', public: String(publicText(signer.key.object)) });
    expect(opened.status === 'ready' && opened.key.verify(message, await signer.sign(message))).toBe(true);
    expect(opened.status === 'ready' && opened.key.fingerprint).toBe(signer.key.fingerprint);
  });

  it('spells ecdsa in pem with line feeds and one final newline', () => {
    const text = String(publicText(generateSigner('ecdsa-p256').key.object));
    expect(text).toMatch(/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PUBLIC KEY-----\n$/);
  });

  it('makes the signature of RFC 8032 §7.1 test 2', async () => {
    const seed = Buffer.from('302e020100300506032b6570042204204ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', 'hex');
    const signer = signerFromPrivateKey(createPrivateKey({ key: seed, format: 'der', type: 'pkcs8' }));
    expect(publicText(signer.key.object)).toBe('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
    expect(encodeHex(await signer.sign(Uint8Array.of(0x72)))).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
  });
});

describe('refusals', () => {
  it.each([
    ['rsa of 1024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey],
    ['rsa for pss alone', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey],
    ['p-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
    ['x25519', generateKeyPairSync('x25519').privateKey],
    ['a public key', generateKeyPairSync('ed25519').publicKey],
    ['a secret key', createSecretKey(new Uint8Array(32))],
  ])('refuses %s', (_, key) => {
    expect(() => signerFromPrivateKey(key)).toThrow(expect.objectContaining({ name: 'KeyError', code: 'unsupported' }));
  });
});
