// Finds one key on a token: the private object that signs, and beside it the public object that says what it is.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { ed25519Spki } from '@countersign/core';
import { KeyError } from '../errors.ts';
import type { Pkcs11Uri } from '../pkcs11-uri.ts';
import type { Attribute, Pkcs11 } from './library.ts';

const CKA_CLASS = 0x0;
const CKA_LABEL = 0x3;
const CKA_KEY_TYPE = 0x100;
const CKA_ID = 0x102;
const CKA_EC_PARAMS = 0x180;
const CKA_EC_POINT = 0x181;
const CKO_PUBLIC_KEY = 2;
const CKO_PRIVATE_KEY = 3;
const CKK_EC = 3;
const CKK_EC_EDWARDS = 0x40;
const MOST = 3;

/** DER of the object identifier of P-256 (RFC 5480 §2.1.1.1), and the start of its SubjectPublicKeyInfo before the 65 bytes of the point. */
const P256 = Buffer.from('06082a8648ce3d030107', 'hex');
const P256_SPKI = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
const OCTET_STRING = 4;

export interface FoundKey {
  readonly privateKey: Buffer;
  readonly publicKey: KeyObject;
}

/** Throws KeyError: `not-found`, `ambiguous`, `unsupported`. */
export function findKey(calls: Pkcs11, session: Buffer, { object, id }: Pick<Pkcs11Uri, 'object' | 'id'>): FoundKey {
  const template = [
    ...(object === undefined ? [] : [{ type: CKA_LABEL, value: Buffer.from(object) }]),
    ...(id === undefined ? [] : [{ type: CKA_ID, value: Buffer.from(id) }]),
  ];
  const privateKey = theObject(calls, session, [{ type: CKA_CLASS, value: CKO_PRIVATE_KEY }, ...template], 'private key');
  // Its public half carries the same id (PKCS#11 2.40 §4.8); a label may be another one.
  const own = attribute(calls, session, privateKey, CKA_ID);
  const pair = own.length === 0 ? template : [{ type: CKA_ID, value: own }];
  const half = theObject(calls, session, [{ type: CKA_CLASS, value: CKO_PUBLIC_KEY }, ...pair], 'public key beside the private one');
  return { privateKey, publicKey: publicKeyFrom(calls, session, half) };
}

function theObject(calls: Pkcs11, session: Buffer, template: readonly Attribute[], what: string): Buffer {
  calls.C_FindObjectsInit(session, template);
  const [found, ...others] = (() => {
    try {
      return calls.C_FindObjects(session, MOST);
    } finally {
      calls.C_FindObjectsFinal(session);
    }
  })();
  if (found === undefined) throw new KeyError('not-found', `the token has no such ${what}`);
  if (others.length > 0) throw new KeyError('ambiguous', `several objects of the token fit as ${what}, wanted one: add id= to the key uri`);
  return found;
}

function publicKeyFrom(calls: Pkcs11, session: Buffer, object: Buffer): KeyObject {
  const type = attribute(calls, session, object, CKA_KEY_TYPE).readUIntLE(0, 4);
  const parameters = attribute(calls, session, object, CKA_EC_PARAMS);
  const point = attribute(calls, session, object, CKA_EC_POINT);
  const spki = type === CKK_EC_EDWARDS ? ed25519From(point) : type === CKK_EC && parameters.equals(P256) ? p256From(point) : undefined;
  if (spki === undefined) throw new KeyError('unsupported', 'the key on the token is neither ed25519 nor ecdsa on P-256');
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch (cause) {
    throw new KeyError('unsupported', 'the public key on the token does not open', { cause });
  }
}

/** The point is wrapped in an OCTET STRING; some libraries leave that out. */
function unwrapped(point: Buffer, length: number): Buffer | undefined {
  if (point.length === length) return point;
  return point.length === length + 2 && point[0] === OCTET_STRING && point[1] === length ? point.subarray(2) : undefined;
}

function ed25519From(point: Buffer): Buffer | undefined {
  const raw = unwrapped(point, 32);
  return raw && Buffer.from(ed25519Spki(raw));
}

function p256From(point: Buffer): Buffer | undefined {
  const raw = unwrapped(point, 65);
  return raw && Buffer.concat([P256_SPKI, raw]);
}

function attribute(calls: Pkcs11, session: Buffer, object: Buffer, type: number): Buffer {
  const [found] = calls.C_GetAttributeValue(session, object, [{ type }]);
  return found?.value ?? Buffer.alloc(0);
}
