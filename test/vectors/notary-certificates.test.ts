// Certificates read by our own reader, against Node's; and what becomes of bytes that are none.
import { X509Certificate } from 'node:crypto';
import { leafOf, parseExpires, readCertificate, readSignatureBytes } from '@countersign/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exchanges, filesIn } from './notary-traces.ts';

const malformed = expect.objectContaining({ code: 'malformed' });

const bundles: readonly string[] = [
  ...new Set(
    exchanges.flatMap((exchange) =>
      [...filesIn(exchange)].flatMap((bytes) =>
        [...bytes.toString('utf8').matchAll(/-x509","keyval":\{"private":null,"public":"([^"]+)"/g)].map(([, text = '']) =>
          Buffer.from(text, 'base64').toString('utf8'),
        ),
      ),
    ),
  ),
];
const first = new X509Certificate(bundles[0] ?? '').raw;

describe('a certificate', () => {
  it.each(bundles.map((pem) => [new X509Certificate(pem)] as const))('is read as Node reads it: %s', (theirs) => {
    const ours = readCertificate(theirs.raw);
    const subject = theirs.subject.split('\n').find((line) => line.startsWith('CN='));
    expect(`CN=${ours.commonName}`).toBe(subject);
    expect(ours.notBefore).toBe(Date.parse(theirs.validFrom));
    expect(ours.notAfter).toBe(Date.parse(theirs.validTo));
    expect(ours.isCa).toBe(theirs.ca);
    expect(Buffer.from(ours.spki)).toEqual(theirs.publicKey.export({ format: 'der', type: 'spki' }));
  });

  it('is refused when it is cut off anywhere', () => {
    for (let length = 0; length < first.length; length += 1)
      expect(() => readCertificate(first.subarray(0, length))).toThrowError(malformed);
  });

  it('is refused when anything stands after it', () => {
    expect(() => readCertificate(Buffer.concat([first, Buffer.of(0)]))).toThrowError(malformed);
  });

  it('is read or refused, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.nat(first.length - 1), fc.nat(255), (at, byte) => {
        const bent = Buffer.from(first);
        bent[at] = byte;
        try {
          readCertificate(bent);
        } catch (error) {
          expect(error).toEqual(malformed);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['nothing', ''],
    ['text before it', `x${bundles[0]}`],
    ['text after it', `${bundles[0]}x`],
    ['another block beside it', `${bundles[0]}-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n`],
    ['two of keys', `${bundles[0]}${bundles[0]}`],
  ])('of a root is refused with %s', (_, pem) => {
    expect(() => leafOf(pem)).toThrowError(malformed);
  });
});

describe('a signature of Notary', () => {
  it.each([
    ['ecdsa', 63],
    ['ecdsa', 65],
    ['eddsa', 63],
    ['none', 64],
    ['', 64],
  ])('under %s with %d bytes counts zero', (method, length) => {
    expect(readSignatureBytes(method, Buffer.alloc(length, 1).toString('base64'))).toBeUndefined();
  });

  it('in another spelling than base64 counts zero', () => {
    expect(readSignatureBytes('ecdsa', `${Buffer.alloc(64, 1).toString('base64')}\n`)).toBeUndefined();
    expect(readSignatureBytes('ecdsa', Buffer.alloc(64, 1).toString('hex'))).toBeUndefined();
  });

  it('by ECDSA has its numbers in as few bytes as they need, and positive', () => {
    const small = Buffer.concat([Buffer.alloc(31), Buffer.of(5), Buffer.alloc(31), Buffer.of(0x80)]);
    expect(Buffer.from(readSignatureBytes('ecdsa', small.toString('base64')) ?? []).toString('hex')).toBe('300702010502020080');
    expect(readSignatureBytes('ECDSA', small.toString('base64'))).toBeDefined();
  });
});

describe('an expiry of Notary', () => {
  it.each([
    ['2036-11-18T03:10:39.109263488+01:00', '2036-11-18T02:10:39.109Z'],
    ['2036-11-18T23:10:39-05:30', '2036-11-19T04:40:39.000Z'],
    ['2036-11-18T03:10:39Z', '2036-11-18T03:10:39.000Z'],
    ['2036-11-18T03:10:39.999999999Z', '2036-11-18T03:10:39.999Z'],
  ])('%s is %s', (text, wanted) => {
    expect(new Date(parseExpires(text, 'expires')).toISOString()).toBe(wanted);
  });

  it.each([
    '',
    'never',
    '2036-11-18',
    '2036-11-18T03:10:39',
    '2036-11-18T03:10:39.Z',
    '2036-11-18T03:10:39+24:00',
    '2036-02-30T00:00:00Z',
    '2036-11-18T03:10:39.1234567890Z',
  ])('%j is refused', (text) => {
    expect(() => parseExpires(text, 'expires')).toThrowError(malformed);
  });
});
