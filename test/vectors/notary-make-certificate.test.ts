// Certificates that we make, against those that the notary client made, Node's reader, openssl where it is installed, and our own reader.
import { spawnSync } from 'node:child_process';
import { constants, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import {
  CERTIFICATE_LIFE,
  type CertificateSignature,
  certificateObjection,
  draftCertificate,
  formatInstant,
  type Instant,
  leafOf,
  parseInstant,
  sealCertificate,
} from '@countersign/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingTools } from '../lab/tools.ts';
import { exchanges, filesIn } from './notary-traces.ts';

const now = parseInstant('2026-11-21T02:17:30Z', 'now');
const gun = 'registry.example.com/team/app';
const later = (milliseconds: number): Instant => (now + milliseconds) as Instant;
const refused = (code: string, words: RegExp): unknown => expect.objectContaining({ code, message: expect.stringMatching(words) });

const KEYS: Readonly<Record<CertificateSignature, KeyObject>> = {
  'ecdsa-sha256': generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  'rsassa-pss-sha256': generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  'rsa-sha256': generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey,
};
const KINDS = Object.keys(KEYS) as readonly CertificateSignature[];

const spkiOf = (key: KeyObject): Uint8Array => new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));

function signed(kind: CertificateSignature, body: Uint8Array): Uint8Array {
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return new Uint8Array(sign('sha256', body, { key: KEYS[kind], ...(kind === 'rsassa-pss-sha256' ? pss : {}) }));
}

type Words = Partial<Parameters<typeof draftCertificate>[0]>;

function draft(kind: CertificateSignature, words: Words = {}): Uint8Array {
  const serial = new Uint8Array(randomBytes(16));
  const key = spkiOf(KEYS[kind]);
  return draftCertificate({
    gun,
    key,
    signatureAlgorithm: kind,
    serial,
    notBefore: now,
    notAfter: later(CERTIFICATE_LIFE),
    ...words,
  });
}

function made(kind: CertificateSignature, words: Words = {}): string {
  const body = draft(kind, words);
  return sealCertificate(body, signed(kind, body));
}

/** Certificates of root keys in the recorded metadata. */
const recorded: readonly string[] = [
  ...new Set(
    exchanges
      .flatMap((exchange) => [...filesIn(exchange)])
      .map((bytes) => bytes.toString('utf8'))
      .filter((text) => text.includes('"_type":"Root"'))
      .flatMap((text) => [...text.matchAll(/-x509","keyval":\{"private":null,"public":"([^"]+)"/g)])
      .map(([, text = '']) => Buffer.from(text, 'base64').toString('utf8')),
  ),
];
// Others were made by openssl, whose serial numbers have 20 bytes.
const ofNotary = recorded.filter((pem) => new X509Certificate(pem).serialNumber.length <= 32);

describe('a certificate of the notary client', () => {
  it('comes out byte for byte when it is made again from what it says', () => {
    expect(ofNotary).toHaveLength(10);
    for (const pem of ofNotary) {
      const theirs = new X509Certificate(pem);
      const { commonName = '', notBefore, notAfter, spki } = leafOf(pem);
      const serial = Buffer.from(theirs.serialNumber.padStart(32, '0'), 'hex');
      const signatureAlgorithm = theirs.publicKey.asymmetricKeyType === 'rsa' ? 'rsa-sha256' : 'ecdsa-sha256';
      const body = draftCertificate({ gun: commonName, key: spki, signatureAlgorithm, serial, notBefore, notAfter });
      const at = theirs.raw.indexOf(body);
      expect(at, pem).toBe(4);
      // Behind the body stand the algorithm, and the signature as a BIT STRING.
      const ahead = signatureAlgorithm === 'rsa-sha256' ? 15 + 5 : 12 + 3;
      const signature = theirs.raw.subarray(at + body.length + ahead);
      expect(sealCertificate(body, signature)).toBe(pem);
    }
  });
});

describe.each(KINDS)('a certificate of ours signed with %s', (kind) => {
  it('is one that Node reads and verifies', () => {
    const certificate = new X509Certificate(made(kind));
    expect(certificate.verify(createPublicKey(KEYS[kind]))).toBe(true);
    expect(certificate.publicKey.equals(createPublicKey(KEYS[kind]))).toBe(true);
    expect(certificate).toMatchObject({ subject: `CN=${gun}`, issuer: `CN=${gun}`, ca: false, keyUsage: ['1.3.6.1.5.5.7.3.3'] });
    expect([Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]).toEqual([now, later(CERTIFICATE_LIFE)]);
  });

  it('is one that our own reader allows for its repository and no other', () => {
    const leaf = leafOf(made(kind));
    expect(certificateObjection(leaf, { gun, now, wildcards: 'refuse' })).toBeUndefined();
    expect(certificateObjection(leaf, { gun: `${gun}2`, now, wildcards: 'allow' })).toContain('it speaks for');
    expect(certificateObjection(leaf, { gun, now: later(CERTIFICATE_LIFE), wildcards: 'refuse' })).toContain('it ended at');
    expect(leaf.spki).toEqual(spkiOf(KEYS[kind]));
  });

  it.skipIf(missingTools('openssl') !== undefined)('is one that openssl reads', () => {
    const pem = made(kind);
    const { stdout } = spawnSync('openssl', ['x509', '-noout', '-text'], { input: pem, encoding: 'utf8' });
    for (const words of [`Subject: CN = ${gun}`, 'Digital Signature, Key Encipherment', 'Code Signing', 'CA:FALSE', 'Version: 3']) {
      expect(stdout.replaceAll('CN=', 'CN = ')).toContain(words);
    }
  });

  it('is refused for a key of another kind', () => {
    for (const other of KINDS) {
      if (other.startsWith('rsa') === kind.startsWith('rsa')) continue;
      expect(() => draft(kind, { key: spkiOf(KEYS[other]) })).toThrowError(refused('malformed', /which makes no signature/));
    }
  });
});

describe('a certificate of ours', () => {
  it('carries names that are longer than the 64 characters of a common name, and not of ASCII', () => {
    for (const name of [`registry.example.com/${'a'.repeat(234)}`, 'registry.example.com/my_app', 'regîstry/ünï©ode', 'a', "a'b=c"]) {
      const pem = made('ecdsa-sha256', { gun: name });
      expect(leafOf(pem).commonName).toBe(name);
      expect(new X509Certificate(pem).verify(createPublicKey(KEYS['ecdsa-sha256']))).toBe(true);
    }
  });

  it.each(['', 'registry.example.com/*', '*', 'a\0b', 'a\nb'])('is refused for the name %j', (name) => {
    expect(() => draft('ecdsa-sha256', { gun: name })).toThrowError(refused('invalid-name', /name of a repository/));
  });

  it('is refused for ed25519 keys, which clients of Notary cannot read', () => {
    const key = spkiOf(generateKeyPairSync('ed25519').privateKey);
    for (const kind of KINDS) expect(() => draft(kind, { key })).toThrowError(refused('malformed', /ed25519, wanted ecdsa/));
  });

  it('is refused for weak rsa keys, other curves, and what is no key', () => {
    const bad = [
      spkiOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
      spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey),
      spkiOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey),
      spkiOf(KEYS['ecdsa-sha256']).subarray(0, 90),
      new Uint8Array([...spkiOf(KEYS['ecdsa-sha256']), 0]),
      new Uint8Array(),
    ];
    for (const key of bad) for (const kind of KINDS) expect(() => draft(kind, { key })).toThrowError(refused('malformed', /./));
  });

  it.each([
    ['of 15 bytes', new Uint8Array(15).map((_, at) => at)],
    ['of 17 bytes', new Uint8Array(17).map((_, at) => at)],
    ['that nobody drew', new Uint8Array(16)],
    ['of one byte over and over', new Uint8Array(16).fill(0xff)],
  ])('is refused with a serial number %s', (_, serial) => {
    expect(() => draft('ecdsa-sha256', { serial })).toThrowError(refused('malformed', /serial number/));
  });

  it('is refused when it ends before it begins', () => {
    expect(() => draft('ecdsa-sha256', { notAfter: now })).toThrowError(refused('malformed', /an end after its beginning/));
    expect(() => draft('ecdsa-sha256', { notAfter: Number.NaN as Instant })).toThrowError(refused('malformed', /an end/));
  });

  it('is not sealed with a signature in the spelling of metadata', () => {
    expect(() => sealCertificate(draft('ecdsa-sha256'), new Uint8Array(64).fill(1))).toThrowError(refused('malformed', /./));
  });

  it('says every serial number and time as it was told', () => {
    const times = fc.integer({ min: Date.UTC(1950, 0, 1), max: Date.UTC(2200, 0, 1) });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), times, times, (serial, one, other) => {
        fc.pre(serial.some((byte) => byte !== serial[0]) && Math.abs(one - other) > 1000);
        const [notBefore, notAfter] = [Math.min(one, other) as Instant, Math.max(one, other) as Instant];
        const pem = sealCertificate(draft('ecdsa-sha256', { serial, notBefore, notAfter }), Uint8Array.of(0x30, 0));
        const leaf = leafOf(pem);
        expect([formatInstant(leaf.notBefore), formatInstant(leaf.notAfter)]).toEqual([notBefore, notAfter].map(formatInstant));
        expect(new X509Certificate(pem).serialNumber.padStart(32, '0')).toBe(Buffer.from(serial).toString('hex').toUpperCase());
      }),
      { numRuns: 300 },
    );
  });
});
