// Certificates of new root keys, byte for byte as the notary client makes them: signed by the key itself, for the repository as common
// name. Clients of Notary take root keys in no other form. Randomness and time come from the caller, the signature from whoever holds the
// key: `draftCertificate`, sign, `sealCertificate`.
import { encodeBase64 } from '../../bytes/base64.ts';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { encodeUtf8 } from '../../bytes/utf8.ts';
import { FormatError } from '../../errors.ts';
import type { Instant } from '../../names/brand.ts';
import { formatInstant } from '../../names/instant.ts';
import { DER, derChildren, expectDer, readDer } from './der.ts';
import { derBitString, derInteger, derOid, derSequence, writeDer } from './der-write.ts';
import { keyKindOf, type NotaryKeyKind } from './spki.ts';

/**
 * What the key signs the certificate with. `rsassa-pss-sha256` (salt of 32 bytes) is what signers make for metadata, so a key that stays
 * with its signer can have a certificate; `rsa-sha256` is PKCS#1 v1.5, as Go signs certificates. Clients take both.
 */
export type CertificateSignature = 'ecdsa-sha256' | 'rsassa-pss-sha256' | 'rsa-sha256';

export interface NewCertificate {
  /** The repository whose root the key will sign. */
  readonly gun: string;
  /** The public key: SubjectPublicKeyInfo, DER. */
  readonly key: Uint8Array;
  readonly signatureAlgorithm: CertificateSignature;
  /** 16 random bytes. */
  readonly serial: Uint8Array;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
}

/** How long a certificate lasts that the notary client makes: ten years of 365 days, in milliseconds. */
export const CERTIFICATE_LIFE: number = 3650 * 86_400_000;

const SERIAL_BYTES = 16;
const PRINTABLE_STRING = 0x13;
const UTF8_STRING = 0x0c;
const NULL = Uint8Array.of(0x05, 0x00);
const CRITICAL = Uint8Array.of(DER.boolean, 0x01, 0xff);
const V3 = Uint8Array.of(0xa0, 0x03, 0x02, 0x01, 0x02);

// 2.16.840.1.101.3.4.2.1 SHA-256; 1.2.840.10045.4.3.2 ECDSA over it; 1.2.840.113549.1.1: .11 RSA over it, .10 RSASSA-PSS, .8 MGF1.
const SHA256 = derSequence(derOid('608648016503040201'), NULL);
const PSS = derSequence(
  writeDer(0xa0, SHA256),
  writeDer(0xa1, derSequence(derOid('2a864886f70d010108'), SHA256)),
  writeDer(0xa2, derInteger(Uint8Array.of(32))),
);
const ALGORITHMS: Readonly<Record<CertificateSignature, { readonly kind: NotaryKeyKind; readonly identifier: Uint8Array }>> = {
  'ecdsa-sha256': { kind: 'ecdsa', identifier: derSequence(derOid('2a8648ce3d040302')) },
  'rsassa-pss-sha256': { kind: 'rsa', identifier: derSequence(derOid('2a864886f70d01010a'), PSS) },
  'rsa-sha256': { kind: 'rsa', identifier: derSequence(derOid('2a864886f70d01010b'), NULL) },
};

/**
 * The TBSCertificate (RFC 5280 §4.1) that the key of the certificate signs. Throws FormatError: `malformed` for keys that Notary has no
 * certificates of (Ed25519 above all), for a serial number that is not random and for a time that ends before it begins; `invalid-name`.
 */
export function draftCertificate({ gun, key, signatureAlgorithm, serial, notBefore, notAfter }: NewCertificate): Uint8Array {
  const { kind, identifier } = ALGORITHMS[signatureAlgorithm];
  checkKind(keyKindOf(key), kind, signatureAlgorithm);
  if (serial.length !== SERIAL_BYTES || serial.every((byte) => byte === serial[0])) {
    throw new FormatError('malformed', `certificate: wanted a serial number of ${SERIAL_BYTES} random bytes`);
  }
  if (!(notBefore < notAfter)) throw new FormatError('malformed', 'certificate: wanted an end after its beginning');
  const name = nameOf(gun);
  const validity = derSequence(timeOf(notBefore), timeOf(notAfter));
  return derSequence(V3, derInteger(serial), identifier, name, validity, name, key, extensions());
}

/** The certificate in PEM, its last line feed included: as the key's `public` holds it. `signature` is DER for ECDSA. Throws FormatError. */
export function sealCertificate(body: Uint8Array, signature: Uint8Array): string {
  const [, , algorithm] = derChildren(expectDer(readDer(body), DER.sequence, 'the body of a certificate'));
  const identifier = expectDer(algorithm, DER.sequence, 'an algorithm').whole;
  // A signature of Notary's metadata is spelled otherwise, and nobody would find out before the certificate is read.
  if (encodeHex(identifier) === encodeHex(ALGORITHMS['ecdsa-sha256'].identifier))
    expectDer(readDer(signature), DER.sequence, 'a signature');
  const lines = encodeBase64(derSequence(body, identifier, derBitString(signature))).match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function checkKind(got: NotaryKeyKind, wanted: NotaryKeyKind, signature: CertificateSignature): void {
  if (got === 'ed25519') {
    throw new FormatError(
      'malformed',
      'certificate: the key is ed25519, wanted ecdsa on P-256 or rsa: clients of Notary take no other root keys',
    );
  }
  if (got !== wanted) throw new FormatError('malformed', `certificate: the key is ${got}, which makes no signature ${signature}`);
}

/** One common name. It may exceed the 64 characters of RFC 5280 §A.1: names of repositories do, and those who read them do not mind. */
function nameOf(gun: string): Uint8Array {
  // A name that ends in `*` would speak for every repository that begins like it.
  if (gun === '' || /[\p{Cc}*]/u.test(gun)) {
    throw new FormatError('invalid-name', 'certificate: wanted the name of a repository, without control characters and *');
  }
  const tag = /^[A-Za-z0-9 '()+,\-./:=?]+$/.test(gun) ? PRINTABLE_STRING : UTF8_STRING;
  return derSequence(writeDer(DER.set, derSequence(derOid('550403'), writeDer(tag, encodeUtf8(gun)))));
}

/** §4.1.2.5: two digits of a year until 2049, four from then on. */
function timeOf(instant: Instant): Uint8Array {
  const text = `${formatInstant(instant).replace(/[-:TZ]/g, '')}Z`;
  const year = Number(text.slice(0, 4));
  const short = year >= 1950 && year < 2050;
  return writeDer(short ? DER.utcTime : DER.generalizedTime, encodeUtf8(short ? text.slice(2) : text));
}

/** Key usage (digital signature, key encipherment), extended key usage (code signing), and basic constraints that say: no authority. */
function extensions(): Uint8Array {
  const usage = derSequence(derOid('551d0f'), CRITICAL, writeDer(DER.octetString, decodeHex('030205a0')));
  const extended = derSequence(derOid('551d25'), writeDer(DER.octetString, derSequence(derOid('2b06010505070303'))));
  const constraints = derSequence(derOid('551d13'), CRITICAL, writeDer(DER.octetString, derSequence()));
  return writeDer(0xa3, derSequence(usage, extended, constraints));
}
