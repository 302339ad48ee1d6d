// Keys and signatures in Notary's spelling: what we write, our reader reads and verifies, and the recorded files hold the same.
import { constants, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  canonicalKeyId,
  encodeBase64,
  isJsonObject,
  type JsonObject,
  jsonObject,
  type KeySpelling,
  portable,
  readJson,
  readNotaryKeys,
  readSignatureBytes,
  spellCertificateKey,
  spellNotaryKey,
  spellSignature,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exchanges, filesIn } from './notary-traces.ts';

const crypto = nativeCryptography();
const malformed = expect.objectContaining({ code: 'malformed' });

const pemOf = (key: KeyObject): string => createPublicKey(key).export({ format: 'pem', type: 'spki' }).toString();
const rawOf = (key: KeyObject): Buffer => createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ed = generateKeyPairSync('ed25519').privateKey;

interface Kind {
  readonly name: string;
  readonly method: string;
  readonly spelling: KeySpelling;
  sign(message: Uint8Array): Buffer;
}

const KINDS: readonly Kind[] = [
  {
    name: 'ecdsa',
    method: 'ecdsa',
    spelling: { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', public: pemOf(ec) },
    sign: (message) => sign('sha256', message, ec),
  },
  {
    name: 'rsa',
    method: 'rsapss',
    spelling: { keytype: 'rsa', scheme: 'rsassa-pss-sha256', public: pemOf(rsa) },
    sign: (message) => sign('sha256', message, { key: rsa, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  },
  {
    name: 'ed25519',
    method: 'eddsa',
    spelling: { keytype: 'ed25519', scheme: 'ed25519', public: rawOf(ed).toString('hex') },
    sign: (message) => sign(null, message, ed),
  },
];

describe.each(KINDS)('a key of kind $name', ({ name, method, spelling, sign: signWith }) => {
  const { keyid, object } = spellNotaryKey(spelling, crypto);

  it('is read back as it was, under its id', () => {
    expect(object.get('keytype')).toBe(name);
    expect([...readNotaryKeys(new Map([[keyid, object]]), 'keys', crypto)]).toEqual([[keyid, spelling]]);
    expect(canonicalKeyId(object, crypto)).toBe(keyid);
    expect(spellNotaryKey(spelling, portable()).keyid).toBe(keyid);
  });

  it('makes signatures that are read back and verify', () => {
    const opened = crypto.openKey(readNotaryKeys(new Map([[keyid, object]]), 'keys', crypto).get(keyid) ?? spelling);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (message) => {
        const spelled = spellSignature(spelling.scheme, new Uint8Array(signWith(message)));
        expect(spelled.method).toBe(method);
        const bytes = readSignatureBytes(spelled.method, encodeBase64(spelled.bytes));
        expect(opened.status === 'ready' && bytes !== undefined && opened.key.verify(message, bytes)).toBe(true);
      }),
      // Among so many, some numbers of ECDSA are shorter than 32 bytes.
      { numRuns: name === 'ecdsa' ? 1000 : 20 },
    );
  });
});

describe('the recorded keys', () => {
  const keys = new Map<string, JsonObject>();
  for (const exchange of exchanges)
    for (const bytes of filesIn(exchange)) for (const [id, key] of keysIn(bytes)) if (isJsonObject(key)) keys.set(id, key);

  it('come out as they were when they are spelled again', () => {
    const seen = new Set<string>();
    for (const [id, key] of keys) {
      const keytype = String(key.get('keytype'));
      const keyval = key.get('keyval');
      const text = isJsonObject(keyval) ? String(keyval.get('public')) : '';
      const [spelling] = readNotaryKeys(new Map([[id, key]]), 'keys', crypto).values();
      if (spelling === undefined) throw new Error('no key');
      const pem = Buffer.from(text, 'base64').toString('utf8');
      if (keytype.endsWith('-x509') && pem.includes('BEGIN CERTIFICATE')) {
        // A certificate of a delegation may call itself an authority: root keys may not.
        if (!isAuthority(pem)) expect(spellCertificateKey(pem, crypto)).toEqual({ keyid: id, object: key });
        expect(canonicalKeyId(key, crypto)).toBe(spellNotaryKey(spelling, crypto).keyid);
      } else expect(spellNotaryKey(spelling, crypto)).toEqual({ keyid: id, object: key });
      seen.add(keytype);
    }
    expect([...seen].sort()).toEqual(['ecdsa', 'ecdsa-x509', 'ed25519', 'rsa-x509']);
  });
});

function keysIn(bytes: Uint8Array): JsonObject {
  try {
    const { value } = readJson(bytes, { maxDepth: 64 });
    const signed = isJsonObject(value) ? value.get('signed') : undefined;
    const inside = isJsonObject(signed) ? (signed.get('keys') ?? signed.get('delegations')) : undefined;
    const keys = isJsonObject(inside) && isJsonObject(inside.get('keys')) ? inside.get('keys') : inside;
    return isJsonObject(keys) ? keys : new Map();
  } catch {
    return new Map();
  }
}

function isAuthority(pem: string): boolean {
  try {
    spellCertificateKey(pem, crypto);
    return false;
  } catch {
    return pem.length > 0;
  }
}

describe('a key', () => {
  const spki = createPublicKey(ec).export({ format: 'der', type: 'spki' });
  const compressed = Buffer.from(
    `3039301306072a8648ce3d020106082a8648ce3d030107032200${`02${spki.subarray(27, 59).toString('hex')}`}`,
    'hex',
  );
  const inPem = (der: Uint8Array): string =>
    `-----BEGIN PUBLIC KEY-----\n${Buffer.from(der)
      .toString('base64')
      .replace(/.{1,64}/g, '$&\n')}-----END PUBLIC KEY-----\n`;
  const p256 = (text: string): KeySpelling => ({ keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', public: text });

  it.each<[string, KeySpelling]>([
    ['whose point is compressed, so that it had a second id', p256(inPem(compressed))],
    ['on another curve', p256(pemOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey))],
    ['of another kind than its scheme says', p256(pemOf(rsa))],
    ['with text around it', p256(`x${pemOf(ec)}`)],
    ['with bytes behind it', p256(inPem(Buffer.concat([spki, Buffer.of(0)])))],
    ['of an unknown scheme', { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp384', public: pemOf(ec) }],
    [
      'of rsa with 1024 bits',
      { keytype: 'rsa', scheme: 'rsassa-pss-sha256', public: pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey) },
    ],
    ['of ed25519 with 31 bytes', { keytype: 'ed25519', scheme: 'ed25519', public: '00'.repeat(31) }],
    ['of ed25519 in no hex', { keytype: 'ed25519', scheme: 'ed25519', public: 'zz'.repeat(32) }],
  ])('%s is refused', (_, spelling) => {
    expect(() => spellNotaryKey(spelling, crypto)).toThrowError(malformed);
  });

  it('of a certificate that cannot be read has no canonical id', () => {
    const object = (text: string): JsonObject =>
      jsonObject({ keytype: 'ecdsa-x509', keyval: jsonObject({ private: null, public: Buffer.from(text).toString('base64') }) });
    for (const text of ['', 'hello', pemOf(ec)]) expect(() => canonicalKeyId(object(text), crypto)).toThrowError(malformed);
  });
});

describe('a signature', () => {
  it.each<[string, string, Uint8Array]>([
    ['of no scheme', 'none', new Uint8Array(64)],
    ['of ed25519 with 63 bytes', 'ed25519', new Uint8Array(63)],
    ['of rsa with 128 bytes', 'rsassa-pss-sha256', new Uint8Array(128)],
    ['of ecdsa as two bare numbers', 'ecdsa-sha2-nistp256', new Uint8Array(64)],
    ['of ecdsa with three numbers', 'ecdsa-sha2-nistp256', Uint8Array.of(0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1)],
    ['of ecdsa with one number', 'ecdsa-sha2-nistp256', Uint8Array.of(0x30, 3, 2, 1, 1)],
    ['of ecdsa with a negative number', 'ecdsa-sha2-nistp256', Uint8Array.of(0x30, 6, 2, 1, 0x80, 2, 1, 1)],
    ['of ecdsa with a padded number', 'ecdsa-sha2-nistp256', Uint8Array.of(0x30, 7, 2, 2, 0, 1, 2, 1, 1)],
    ['of ecdsa with an empty number', 'ecdsa-sha2-nistp256', Uint8Array.of(0x30, 5, 2, 0, 2, 1, 1)],
    ['of ecdsa on a longer curve', 'ecdsa-sha2-nistp256', Uint8Array.from([0x30, 39, 2, 34, 0, ...new Array(33).fill(0xff), 2, 1, 1])],
  ])('%s is refused', (_, scheme, bytes) => {
    expect(() => spellSignature(scheme, bytes)).toThrowError(malformed);
  });
});
