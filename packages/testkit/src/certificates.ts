// Certificates with any fault that somebody could think of, signed with node:crypto.
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { formatInstant, type Instant } from '@countersign/core';

export interface Identity {
  readonly name: string;
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
  readonly der: Buffer;
  readonly pem: string;
}

export interface Wishes {
  readonly name: string;
  readonly kind?: 'rsa' | 'ec' | 'p384' | 'short-rsa';
  /** Signed by itself without one. */
  readonly issuer?: Identity;
  readonly ca?: boolean;
  readonly pathLength?: number;
  readonly from: Instant;
  readonly until: Instant;
  readonly digest?: 'sha256' | 'sha1';
  /** Names of hosts, as subjectAltName has them. */
  readonly hosts?: readonly string[];
  /** What the certificate may be used for, and for nothing else (RFC 5280 §4.2.1.12). */
  readonly usage?: 'clients' | 'servers' | 'code';
  /** An extension that nobody knows and that must be understood. */
  readonly riddle?: boolean;
  /** With a key that is there already. */
  readonly keys?: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
}

export function newKeys(kind: NonNullable<Wishes['kind']>): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  if (kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  if (kind === 'short-rsa') return generateKeyPairSync('rsa', { modulusLength: 1024 });
  return generateKeyPairSync('ec', { namedCurve: kind === 'ec' ? 'P-256' : 'P-384' });
}

export function newIdentity(wishes: Wishes): Identity {
  const { privateKey, publicKey } = wishes.keys ?? newKeys(wishes.kind ?? 'ec');
  const issuer = wishes.issuer ?? { name: wishes.name, key: privateKey };
  const digest = wishes.digest ?? 'sha256';
  const algorithm = sequence(oid(ALGORITHMS[`${digest}-${issuer.key.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec'}`]));
  const body = sequence(
    Buffer.from('a003020102', 'hex'),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    nameOf(issuer.name),
    sequence(timeOf(wishes.from), timeOf(wishes.until)),
    nameOf(wishes.name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensionsOf(wishes))),
  );
  const signature = sign(digest, body, issuer.key);
  const whole = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  const pem = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
  return { name: wishes.name, key: privateKey, publicKey, der: whole, pem };
}

export const pemKey = ({ key }: Identity): string =>
  createPrivateKey(key.export({ type: 'pkcs8', format: 'pem' }))
    .export(PKCS8)
    .toString();
const PKCS8 = { type: 'pkcs8', format: 'pem' } as const;

const ALGORITHMS = {
  'sha256-rsa': '2a864886f70d01010b',
  'sha1-rsa': '2a864886f70d010105',
  'sha256-ec': '2a8648ce3d040302',
  'sha1-ec': '2a8648ce3d0401',
} as const;

const USAGES = { clients: '2b06010505070302', servers: '2b06010505070301', code: '2b06010505070303' } as const;

function extensionsOf({ ca = false, pathLength, hosts = [], usage, riddle = false }: Wishes): readonly Buffer[] {
  const constraints = sequence(
    ...(ca ? [Buffer.from('0101ff', 'hex')] : []),
    ...(pathLength === undefined ? [] : [der(0x02, Buffer.of(pathLength))]),
  );
  const critical = Buffer.from('0101ff', 'hex');
  return [
    sequence(oid('551d13'), critical, der(0x04, constraints)),
    ...(hosts.length === 0 ? [] : [sequence(oid('551d11'), der(0x04, sequence(...hosts.map((host) => der(0x82, Buffer.from(host))))))]),
    ...(usage === undefined ? [] : [sequence(oid('551d25'), der(0x04, sequence(oid(USAGES[usage]))))]),
    ...(riddle ? [sequence(oid('2b0601040181ff7f'), critical, der(0x04, der(0x05, Buffer.alloc(0))))] : []),
  ];
}

const timeOf = (time: Instant): Buffer => der(0x18, Buffer.from(formatInstant(time).replaceAll(/[-:T]|\.\d+/g, '')));
const nameOf = (text: string): Buffer => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(text)))));
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, Buffer.concat(parts));

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...head), content]);
}
