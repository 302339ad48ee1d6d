// Private keys as OpenSSH writes them (PROTOCOL.key): Ed25519 and ECDSA on P-256, unencrypted. Encrypted ones are stretched with
// bcrypt_pbkdf, which Node does not have: OpenSSH takes that off itself, and the error says how.
import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';
import type { PublicKey } from '@countersign/core';
import { KeyError } from './errors.ts';
import { type LocalSigner, signerFromPrivateKey } from './memory.ts';
import { type KeyKind, keyKind, nodeKeyOf } from './public-key.ts';

const MAGIC = 'openssh-key-v1\0';
const FRAME = /-----BEGIN OPENSSH PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)-----END OPENSSH PRIVATE KEY-----/;
const NAMES = { ed25519: 'ssh-ed25519', 'ecdsa-p256': 'ecdsa-sha2-nistp256' } as const;
const CURVE = 'nistp256';
/** What the private part is padded to without a cipher. */
const BLOCK = 8;
/** What a label may be; a comment that is none is left out. */
const LABEL = /^[^\p{C}\s](?:[^\p{C}]{0,62}[^\p{C}\s])?$/u;

export const isOpenSsh = (text: string): boolean => text.includes('-----BEGIN OPENSSH PRIVATE KEY-----');

/** The key in `text`, with its comment as label. Throws KeyError: `unsupported` for encrypted ones and other kinds, `damaged`. */
export function importOpenSsh(text: string, name: string): { readonly signer: LocalSigner; readonly label: string | undefined } {
  const broken = (what: string): KeyError => new KeyError('damaged', `${name}: openssh private key ${what}`);
  const [, inside] = FRAME.exec(text) ?? [];
  if (inside === undefined) throw broken('has no END line');
  const bytes = Buffer.from(inside, 'base64');
  if (!bytes.subarray(0, MAGIC.length).equals(Buffer.from(MAGIC))) throw broken('has another beginning, wanted openssh-key-v1');
  const outer = reader(bytes.subarray(MAGIC.length), broken);
  const cipher = outer.text();
  outer.bytes();
  outer.bytes();
  if (outer.number() !== 1) throw broken('holds another number of keys, wanted 1');
  const announced = outer.bytes();
  const secret = outer.bytes();
  outer.end();
  if (cipher !== 'none') {
    const how = 'ssh-keygen -p -N "" -f COPY takes the passphrase off a copy of it, at a terminal; import that, then remove it';
    throw new KeyError('unsupported', `${name}: openssh private key is encrypted with a kdf that is not supported here; ${how}`);
  }
  const inner = reader(secret, broken);
  const [check, again] = [inner.number(), inner.number()];
  if (check !== again) throw broken('does not decrypt');
  const kind = inner.text();
  const key = openKey(kind, inner, name, broken);
  const comment = inner.text();
  if (!inner.rest().every((byte, at) => byte === at + 1)) throw broken('has another padding than 1, 2, 3');
  const signer = signerFromPrivateKey(key);
  // Both halves stand in the file: with two keys in one, a person would be shown the wrong fingerprint.
  if (!publicBlob(signer.privateKey).equals(announced)) throw broken('has a public half that is not of its private half');
  return { signer, label: LABEL.test(comment) ? comment : undefined };
}

/** The private key as OpenSSH reads it, unencrypted: for a pipe into ssh-keygen, never for a disk. */
export function exportOpenSsh(signer: LocalSigner, comment: string): string {
  const { privateKey } = signer;
  const { d, x, y } = numbersOf(privateKey);
  const kind = openSshKind(privateKey);
  const numbers = kind === 'ed25519' ? [field(x), field(Buffer.concat([d, x]))] : [field(CURVE), field(point(x, y)), field(positive(d))];
  const check = randomBytes(4);
  const body = Buffer.concat([check, check, field(NAMES[kind]), ...numbers, field(comment)]);
  const padding = Buffer.from(Array.from({ length: (BLOCK - (body.length % BLOCK)) % BLOCK }, (_, at) => at + 1));
  const one = Buffer.from([0, 0, 0, 1]);
  const whole = [Buffer.from(MAGIC), field('none'), field('none'), field(''), one, field(publicBlob(privateKey))];
  const text = Buffer.concat([...whole, field(Buffer.concat([body, padding]))]).toString('base64');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${text.replace(/.{1,70}/g, '$&\n')}-----END OPENSSH PRIVATE KEY-----\n`;
}

/** The public key as OpenSSH writes it: one line. */
export function exportPublicOpenSsh(key: PublicKey, comment: string): string {
  const half = nodeKeyOf(key.object);
  return `${NAMES[openSshKind(half)]} ${publicBlob(half).toString('base64')} ${comment}`.trimEnd().concat('\n');
}

function openKey(kind: string, fields: Reader, name: string, broken: (what: string) => KeyError): KeyObject {
  const url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
  try {
    if (kind === NAMES.ed25519) {
      const [x, both] = [fields.bytes(), fields.bytes()];
      if (both.length !== 64 || !both.subarray(32).equals(x)) throw broken('has two public halves that differ');
      return createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d: url(both.subarray(0, 32)), x: url(x) }, format: 'jwk' });
    }
    if (kind === NAMES['ecdsa-p256']) {
      const [curve, q, d] = [fields.text(), fields.bytes(), fields.bytes()];
      if (curve !== CURVE || q.length !== 65 || q[0] !== 4 || d.length > 33) throw broken('has another form than nistp256');
      const wide = Buffer.concat([Buffer.alloc(32), d]).subarray(-32);
      const key = { kty: 'EC', crv: 'P-256', d: url(wide), x: url(q.subarray(1, 33)), y: url(q.subarray(33)) };
      return createPrivateKey({ key, format: 'jwk' });
    }
  } catch (error) {
    throw error instanceof KeyError ? error : broken('does not open');
  }
  throw new KeyError('unsupported', `${name}: key is ${kind.slice(0, 40)}, wanted ssh-ed25519 or ecdsa-sha2-nistp256`);
}

function openSshKind(key: KeyObject): KeyKind {
  const kind = keyKind(key);
  if (kind === 'rsa') throw new KeyError('unsupported', 'key is rsa, which is written in pem alone, not in the form of openssh');
  return kind;
}

function publicBlob(key: KeyObject): Buffer {
  const { x, y } = numbersOf(key);
  const kind = openSshKind(key);
  return Buffer.concat([field(NAMES[kind]), ...(kind === 'ed25519' ? [field(x)] : [field(CURVE), field(point(x, y))])]);
}

/** The numbers of a key as they stand in a JWK (RFC 7517): those that its kind lacks are empty. */
function numbersOf(key: KeyObject): { readonly d: Buffer; readonly x: Buffer; readonly y: Buffer } {
  const { d = '', x = '', y = '' } = key.export({ format: 'jwk' });
  return { d: Buffer.from(d, 'base64url'), x: Buffer.from(x, 'base64url'), y: Buffer.from(y, 'base64url') };
}

const point = (x: Uint8Array, y: Uint8Array): Buffer => Buffer.concat([Buffer.from([4]), x, y]);

/** A positive number of RFC 4251 §5: without leading zeros, and one zero before a first bit that is set. */
function positive(number: Buffer): Buffer {
  const from = number.findIndex((byte) => byte !== 0);
  const short = number.subarray(from < 0 ? number.length : from);
  return (short[0] ?? 0) < 0x80 ? short : Buffer.concat([Buffer.alloc(1), short]);
}

function field(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

type Reader = ReturnType<typeof reader>;

/** Reads the fields of RFC 4251 §5 one after another. */
function reader(bytes: Buffer, broken: (what: string) => KeyError) {
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw broken('ends too early');
    at += length;
    return bytes.subarray(at - length, at);
  };
  const number = (): number => take(4).readUInt32BE();
  return {
    number,
    bytes: (): Buffer => take(number()),
    text: (): string => take(number()).toString('utf8'),
    rest: (): Buffer => take(bytes.length - at),
    end: (): void => {
      if (at !== bytes.length) throw broken('has bytes behind its end');
    },
  };
}
