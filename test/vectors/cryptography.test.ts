// The contract of the cryptography port, run on both implementations. The vectors are public edge cases of Ed25519; `accept` is
// true only where OpenSSL and strict noble both accept, so that what we believe, every other client believes too.
import { constants, createHash, createPublicKey, ECDH, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Cryptography, encodeUtf8, type OpenedKey, parseKeyId, portable, usableKeys, type VerifyingKey } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

interface Vector {
  readonly name: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  readonly accept: boolean;
}

const vectors: readonly Vector[] = readFileSync(new URL('./ed25519.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): Vector => JSON.parse(line));

const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const ed25519 = (publicKey: string) => ({ keytype: 'ed25519', scheme: 'ed25519', public: publicKey });
const ecdsa = (publicKey: string) => ({ keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', public: publicKey });
const rsa = (publicKey: string) => ({ keytype: 'rsa', scheme: 'rsassa-pss-sha256', public: publicKey });
const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
const derOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
const pemAround = (der: Uint8Array): string =>
  `-----BEGIN PUBLIC KEY-----\n${Buffer.from(der).toString('base64')}\n-----END PUBLIC KEY-----\n`;
const message = encodeUtf8('a message');

function ready(opened: OpenedKey): VerifyingKey {
  if (opened.status !== 'ready') throw new Error(`wanted a ready key, got ${JSON.stringify(opened)}`);
  return opened.key;
}

const honest = generateKeyPairSync('ed25519');
const honestHex = derOf(honest.publicKey).subarray(-32).toString('hex');
const honestSignature = new Uint8Array(sign(null, message, honest.privateKey));

// y of the points of order 1, 2, 4 and 8, and the signs and spellings that some verifiers take for them.
const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
];
const NOT_CANONICAL = [
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
];

const implementations: readonly (readonly [string, () => Cryptography])[] = [
  ['portable', portable],
  ['native', nativeCryptography],
];

describe.each(implementations)('the %s cryptography', (name, make) => {
  const crypto = make();
  const verifies = (publicKey: string, text: Uint8Array, signature: Uint8Array): boolean => {
    const opened = crypto.openKey(ed25519(publicKey));
    return opened.status === 'ready' && opened.key.verify(text, signature);
  };

  it('has its name', () => {
    expect(crypto.name).toBe(name);
  });

  it('hashes with SHA-256 and SHA-512', () => {
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const digest = crypto.digest(algorithm, message);
      expect(Buffer.from(digest).toString('hex')).toBe(createHash(algorithm).update(message).digest('hex'));
    }
  });

  it('accepts exactly the vectors that every verifier accepts', () => {
    expect(vectors).toHaveLength(358);
    const wrong = vectors.filter((v) => verifies(v.publicKey, unhex(v.message), unhex(v.signature)) !== v.accept);
    expect(wrong.map((v) => v.name)).toEqual([]);
  });

  it('verifies an honest signature and none of another message', () => {
    expect(verifies(honestHex, message, honestSignature)).toBe(true);
    expect(verifies(honestHex, encodeUtf8('a massage'), honestSignature)).toBe(false);
  });

  it('refuses an honest signature with any one bit changed', () => {
    const key = ready(crypto.openKey(ed25519(honestHex)));
    for (let bit = 0; bit < 512; bit += 7) {
      const changed = honestSignature.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(key.verify(message, changed)).toBe(false);
    }
  });

  it('refuses an honest signature whose S was raised by the order of the group', () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(honestSignature.slice(32).reverse()).toString('hex')}`) + order;
    const raised = unhex(s.toString(16).padStart(64, '0')).reverse();
    expect(verifies(honestHex, message, new Uint8Array([...honestSignature.slice(0, 32), ...raised]))).toBe(false);
  });

  it('answers false to signatures of a wrong length', () => {
    const key = ready(crypto.openKey(ed25519(honestHex)));
    for (const length of [0, 1, 32, 63, 65, 128]) expect(key.verify(message, new Uint8Array(length))).toBe(false);
    expect(key.verify(message, new Uint8Array([...honestSignature, 0]))).toBe(false);
  });

  it.each(SMALL_ORDER)('refuses the key %s of small order', (publicKey) => {
    expect(crypto.openKey(ed25519(publicKey))).toMatchObject({ status: 'unusable' });
  });

  it.each(NOT_CANONICAL)('refuses the key %s, which is not in canonical form', (publicKey) => {
    expect(crypto.openKey(ed25519(publicKey))).toMatchObject({ status: 'unusable' });
  });

  it('knows a key that is not on the curve for one that nobody can sign with, and verifies nothing with it', () => {
    const key = ready(crypto.openKey(ed25519(`02${'00'.repeat(31)}`)));
    expect(key.flaw?.()).toBe('the ed25519 key is not a point of the curve');
    expect(key.verify(message, honestSignature)).toBe(false);
    expect(key.verify(message, new Uint8Array(64))).toBe(false);
    expect(ready(crypto.openKey(ed25519(honestHex))).flaw?.()).toBeUndefined();
  });

  it('counts a key that is not on the curve for no threshold', () => {
    const keyids = ['sound', 'flawed'].map(parseKeyId);
    const keys = new Map(keyids.map((keyid, at) => [keyid, ed25519(at === 0 ? honestHex : `02${'00'.repeat(31)}`)]));
    expect(usableKeys({ keyids, threshold: 2 }, keys, { crypto }).size).toBe(1);
  });

  it('refuses ed25519 keys in any other spelling', () => {
    const spellings = [
      '',
      honestHex.slice(2),
      `${honestHex}00`,
      `${honestHex}zz`,
      `${honestHex}\n`,
      ` ${honestHex.slice(1)}`,
      `0x${honestHex.slice(2)}`,
      'AB'.repeat(32),
      derOf(honest.publicKey).subarray(-32).toString('base64'),
      pemOf(honest.publicKey),
    ];
    for (const spelling of spellings) expect(crypto.openKey(ed25519(spelling))).toMatchObject({ status: 'unusable' });
  });

  it('calls a scheme it does not know unsupported, not unusable', () => {
    const pairs = [
      ['ml-dsa', 'ml-dsa-65'],
      ['ed25519', 'ed448'],
      ['ed25519', 'ecdsa-sha2-nistp256'],
      ['ed25519', 'rsassa-pss-sha256'],
      ['rsa', 'ed25519'],
      ['rsa', 'rsa-pkcs1v15-sha256'],
      ['ecdsa', 'ecdsa-sha2-nistp384'],
      ['ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp384'],
      ['ED25519', 'ed25519'],
      ['', ''],
      ['constructor', '__proto__'],
      ['ed25519 ed25519', ''],
      ['', 'ed25519 ed25519'],
    ];
    for (const [keytype = '', scheme = ''] of pairs) {
      expect(crypto.openKey({ keytype, scheme, public: honestHex })).toEqual({ status: 'unsupported' });
    }
  });

  it('names a key by the SHA-256 of its SPKI DER', () => {
    const expected = createHash('sha256').update(derOf(honest.publicKey)).digest('hex');
    expect(ready(crypto.openKey(ed25519(honestHex))).fingerprint).toBe(expected);
  });

  it('throws for no key and no signature at all', () => {
    const kinds = fc.constantFrom('ed25519', 'ecdsa', 'ecdsa-sha2-nistp256', 'rsa', 'rsassa-pss-sha256', 'x');
    const hex = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
    const pem = fc.uint8Array({ maxLength: 400 }).map(pemAround);
    const publicKey = fc.oneof(fc.string({ unit: 'binary' }), hex, pem);
    fc.assert(
      fc.property(kinds, kinds, publicKey, fc.uint8Array({ maxLength: 300 }), (keytype, scheme, spelled, signature) => {
        const opened = crypto.openKey({ keytype, scheme, public: spelled });
        return opened.status !== 'ready' || opened.key.verify(message, signature) === false;
      }),
      { numRuns: 300 },
    );
  });
});

describe('the two implementations together', () => {
  it('say the same of any 32 bytes as a key', () => {
    const native = nativeCryptography();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const key = ed25519(Buffer.from(bytes).toString('hex'));
        const [one, other] = [portable().openKey(key), native.openKey(key)];
        expect(one.status).toBe(other.status);
        if (one.status === 'ready' && other.status === 'ready') expect(one.key.fingerprint).toBe(other.key.fingerprint);
      }),
    );
  });
});

describe('the portable cryptography beyond ed25519', () => {
  it('does not do ecdsa and rsa', () => {
    const p256 = pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
    expect(portable().openKey(ecdsa(p256))).toEqual({ status: 'unsupported' });
    expect(portable().openKey(rsa(p256))).toEqual({ status: 'unsupported' });
  });
});

describe('the native cryptography beyond ed25519', () => {
  const crypto = nativeCryptography();
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rsa2048 = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const unusable = (opened: OpenedKey): void => expect(opened).toMatchObject({ status: 'unusable' });
  const pss = (saltLength: number) => ({ key: rsa2048.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });

  it.each(['ecdsa', 'ecdsa-sha2-nistp256'])('verifies P-256 under the keytype %s', (keytype) => {
    const key = ready(crypto.openKey({ ...ecdsa(pemOf(p256.publicKey)), keytype }));
    const signature = sign('sha256', message, p256.privateKey);
    expect(key.verify(message, signature)).toBe(true);
    expect(key.verify(encodeUtf8('another'), signature)).toBe(false);
  });

  it('wants ecdsa signatures in DER with nothing behind them', () => {
    const key = ready(crypto.openKey(ecdsa(pemOf(p256.publicKey))));
    const signature = sign('sha256', message, p256.privateKey);
    expect(key.verify(message, Buffer.concat([signature, Buffer.of(0)]))).toBe(false);
    expect(key.verify(message, signature.subarray(0, -1))).toBe(false);
    expect(key.verify(message, sign('sha256', message, { key: p256.privateKey, dsaEncoding: 'ieee-p1363' }))).toBe(false);
    expect(key.verify(message, sign('sha384', message, p256.privateKey))).toBe(false);
  });

  it('verifies rsa-pss with any length of salt, and no PKCS #1 v1.5', () => {
    const key = ready(crypto.openKey(rsa(pemOf(rsa2048.publicKey))));
    for (const length of [0, 20, 32, 222]) expect(key.verify(message, sign('sha256', message, pss(length)))).toBe(true);
    expect(key.verify(message, sign('sha256', message, rsa2048.privateKey))).toBe(false);
    expect(key.verify(encodeUtf8('another'), sign('sha256', message, pss(32)))).toBe(false);
  });

  it('refuses weak and oversized rsa keys', () => {
    unusable(crypto.openKey(rsa(pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey))));
    const n = Buffer.alloc(8200 / 8, 0xff).toString('base64url');
    unusable(crypto.openKey(rsa(pemOf(createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' })))));
  });

  it('refuses an rsa key whose exponent makes verifying as slow as signing', () => {
    const { n = '' } = rsa2048.publicKey.export({ format: 'jwk' });
    const withExponent = (bytes: number) => {
      const e = Buffer.alloc(bytes, 0xff).toString('base64url');
      return rsa(pemOf(createPublicKey({ key: { kty: 'RSA', n: String(n), e }, format: 'jwk' })));
    };
    ready(crypto.openKey(withExponent(8)));
    unusable(crypto.openKey(withExponent(9)));
    unusable(crypto.openKey(withExponent(250)));
  });

  it.each(['AQ', 'Ag', 'BA'])('refuses an rsa key with the exponent %s, for which anybody can sign', (e) => {
    const { n = '' } = rsa2048.publicKey.export({ format: 'jwk' });
    unusable(crypto.openKey(rsa(pemOf(createPublicKey({ key: { kty: 'RSA', n: String(n), e }, format: 'jwk' })))));
  });

  it('refuses a key of another type than its keytype and scheme say', () => {
    const others = [
      generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey,
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey,
      generateKeyPairSync('ed25519').publicKey,
      generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey,
      generateKeyPairSync('x25519').publicKey,
    ].map(pemOf);
    for (const pem of others) {
      unusable(crypto.openKey(ecdsa(pem)));
      unusable(crypto.openKey(rsa(pem)));
      unusable(crypto.openKey(ed25519(pem)));
    }
    unusable(crypto.openKey(ecdsa(pemOf(rsa2048.publicKey))));
    unusable(crypto.openKey(rsa(pemOf(p256.publicKey))));
    unusable(crypto.openKey(ecdsa(honestHex)));
  });

  it('refuses a key with anything beside it', () => {
    const pem = pemOf(p256.publicKey);
    const der = derOf(p256.publicKey);
    const spellings = [
      `${pem}x`,
      `${pem}\n`,
      ` ${pem}`,
      `a comment\n${pem}`,
      pem + pem,
      pem.replaceAll('PUBLIC KEY', 'CERTIFICATE'),
      pem.replace('\n', '\nProc-Type: 4,ENCRYPTED\n'),
      pemAround(Buffer.concat([der, Buffer.of(0)])),
      pemAround(der.subarray(0, -1)),
      pemAround(Buffer.alloc(0)),
      p256.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      p256.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
      `${pem}${'\n'.repeat(5000)}`,
    ];
    for (const spelling of spellings) unusable(crypto.openKey(ecdsa(spelling)));
    unusable(crypto.openKey(rsa(rsa2048.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString())));
  });

  it('refuses a point that is not on the curve', () => {
    const der = derOf(p256.publicKey);
    der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1;
    unusable(crypto.openKey(ecdsa(pemAround(der))));
  });

  it('gives one key one fingerprint in every spelling', () => {
    const der = derOf(p256.publicKey);
    const compressed = ECDH.convertKey(der.subarray(-65), 'prime256v1', undefined, undefined, 'compressed');
    const compressedDer = Buffer.concat([
      Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
      Buffer.from(compressed as Buffer),
    ]);
    const pem = pemOf(p256.publicKey);
    const spellings = [pem, pem.trimEnd(), pem.replaceAll('\n', '\r\n'), pemAround(der), pemAround(compressedDer)];
    const expected = createHash('sha256').update(der).digest('hex');
    for (const spelling of spellings) {
      for (const keytype of ['ecdsa', 'ecdsa-sha2-nistp256']) {
        expect(ready(crypto.openKey({ ...ecdsa(spelling), keytype })).fingerprint).toBe(expected);
      }
    }
    const rsaPem = pemOf(rsa2048.publicKey);
    const rsaExpected = createHash('sha256').update(derOf(rsa2048.publicKey)).digest('hex');
    for (const spelling of [rsaPem, rsaPem.trimEnd()]) expect(ready(crypto.openKey(rsa(spelling))).fingerprint).toBe(rsaExpected);
  });

  it('opens one spelling once, and forgets the oldest of too many', () => {
    const fresh = nativeCryptography();
    const first = fresh.openKey(ed25519(honestHex));
    expect(fresh.openKey(ed25519(honestHex))).toBe(first);
    for (let index = 0; index < 4096; index++) fresh.openKey(ed25519(index.toString(16).padStart(64, '0')));
    const again = fresh.openKey(ed25519(honestHex));
    expect(again).not.toBe(first);
    expect(ready(again).fingerprint).toBe(ready(first).fingerprint);
  });
});
