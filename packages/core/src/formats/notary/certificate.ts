// Certificates of Notary's root keys (X.509, RFC 5280): whose name they carry, how long, and the key inside. They are read, never
// believed: a chain of signatures to an authority is asked for by a pin alone.
import { decodeBase64 } from '../../bytes/base64.ts';
import { encodeHex } from '../../bytes/hex.ts';
import { decodeUtf8 } from '../../bytes/utf8.ts';
import { FormatError } from '../../errors.ts';
import type { Instant } from '../../names/brand.ts';
import { parseInstant } from '../../names/instant.ts';
import { DER, type Der, derChildren, expectDer, readDer } from './der.ts';

export interface Certificate {
  /** The last common name of the subject, as Go reads it; undefined where there is none. */
  readonly commonName: string | undefined;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  readonly isCa: boolean;
  /** Most authorities that may stand below this one; undefined where it says nothing of it. */
  readonly pathLength: number | undefined;
  /** Extensions that must be understood by whoever believes the certificate: the contents of their OIDs, in hex. */
  readonly critical: readonly string[];
  /** The algorithm that the issuer signed with: the content of its OID, in hex. */
  readonly signedWith: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
}

const BLOCK = /-----BEGIN CERTIFICATE-----\n((?:[A-Za-z0-9+/=]{1,76}\n)+)-----END CERTIFICATE-----\n/y;

// Contents of OIDs: 2.5.4.3 commonName, 2.5.29.19 basicConstraints.
const COMMON_NAME = '550403';
const BASIC_CONSTRAINTS = '551d13';

/** The certificates of a PEM text, and nothing beside them, in their order. Throws FormatError `malformed`. */
export function readCertificates(pem: string): readonly Certificate[] {
  const found: Certificate[] = [];
  BLOCK.lastIndex = 0;
  for (let offset = 0; offset < pem.length; offset = BLOCK.lastIndex) {
    const body = BLOCK.exec(pem)?.[1];
    if (body === undefined) throw new FormatError('malformed', 'certificate: wanted PEM blocks and nothing beside them');
    found.push(readCertificate(decodeBase64(body.replaceAll('\n', ''))));
  }
  return found;
}

/** RFC 5280 §4.1. Throws FormatError `malformed`. */
export function readCertificate(der: Uint8Array): Certificate {
  const [body, algorithm] = derChildren(expectDer(readDer(der), DER.sequence, 'a certificate'));
  const fields = derChildren(expectDer(body, DER.sequence, 'the body of a certificate'));
  // The version stands first, tagged, unless it is v1.
  const [serial, , , validity, subject, spki, ...more] = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields;
  expectDer(serial, DER.integer, 'a serial number');
  const [notBefore, notAfter] = derChildren(expectDer(validity, DER.sequence, 'a validity'));
  const extensions = readExtensions(more.find(({ tag }) => tag === 0xa3));
  return {
    commonName: commonNameOf(expectDer(subject, DER.sequence, 'a subject')),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    ...readBasicConstraints(extensions),
    critical: extensions.filter(({ critical }) => critical).map(({ oid }) => oid),
    signedWith: encodeHex(expectDer(derChildren(expectDer(algorithm, DER.sequence, 'an algorithm'))[0], DER.oid, 'an algorithm').content),
    spki: expectDer(spki, DER.sequence, 'a public key').whole,
  };
}

function commonNameOf(subject: Der): string | undefined {
  let name: string | undefined;
  for (const set of derChildren(subject)) {
    for (const attribute of derChildren(expectDer(set, DER.set, 'a part of a name'))) {
      const [type, value] = derChildren(expectDer(attribute, DER.sequence, 'an attribute of a name'));
      if (type === undefined || value === undefined || encodeHex(type.content) !== COMMON_NAME) continue;
      name = decodeUtf8(value.content);
    }
  }
  return name;
}

/** §4.1.2.5: two digits of a year below 50 are of this century. */
function readTime(time: Der | undefined): Instant {
  const text = time === undefined ? '' : decodeUtf8(time.content);
  const long = time?.tag === DER.utcTime ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(long);
  if (match === null) throw new FormatError('malformed', 'certificate: wanted a time in UTC with seconds');
  const [, year, month, day, hour, minute, second] = match;
  return parseInstant(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`, 'certificate');
}

interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** §4.2. */
function readExtensions(extensions: Der | undefined): readonly Extension[] {
  if (extensions === undefined) return [];
  const [list] = derChildren(extensions);
  return derChildren(expectDer(list, DER.sequence, 'extensions')).map((extension) => {
    const [oid, ...rest] = derChildren(expectDer(extension, DER.sequence, 'an extension'));
    const [flag] = rest;
    return {
      oid: encodeHex(expectDer(oid, DER.oid, 'the name of an extension').content),
      critical: flag?.tag === DER.boolean && isTrue(flag),
      value: expectDer(rest.at(-1), DER.octetString, 'an extension').content,
    };
  });
}

/** §4.2.1.9. */
function readBasicConstraints(extensions: readonly Extension[]): Pick<Certificate, 'isCa' | 'pathLength'> {
  const found = extensions.find(({ oid }) => oid === BASIC_CONSTRAINTS);
  if (found === undefined) return { isCa: false, pathLength: undefined };
  const [ca, length] = derChildren(expectDer(readDer(found.value), DER.sequence, 'basic constraints'));
  const isCa = ca?.tag === DER.boolean && isTrue(ca);
  return { isCa, pathLength: length === undefined ? undefined : smallNumber(expectDer(length, DER.integer, 'a length of path')) };
}

const isTrue = ({ content }: Der): boolean => content.length === 1 && content[0] !== 0;

/** A larger one limits nothing that anybody could send. */
function smallNumber({ content }: Der): number {
  const [first = 0, ...more] = content;
  if (first >= 0x80) throw new FormatError('malformed', 'certificate: wanted no negative length of path');
  return more.reduce((sum, byte) => Math.min(sum * 256 + byte, 0xffff), first);
}
