// The public key that a server answers with, made strict: it becomes part of a root that people sign.
import {
  type Cryptography,
  FormatError,
  jsonObject,
  keyIdOf,
  memberObject,
  memberString,
  type PublicKey,
  readJson,
} from '@countersign/core';
import { asObject } from './strict-members.ts';

/** Throws FormatError unless this is a key that can verify here. Members beside the three of a key are dropped. */
export function readServerKey(body: Uint8Array, role: string, crypto: Cryptography): PublicKey {
  const where = `${role} key`;
  const key = asObject(readJson(body, { maxDepth: 4 }).value, where);
  const spelling = {
    keytype: memberString(key, 'keytype', where),
    scheme: memberString(key, 'scheme', where),
    public: memberString(memberObject(key, 'keyval', where), 'public', where),
  };
  const opened = crypto.openKey(spelling);
  if (opened.status !== 'ready')
    throw new FormatError('malformed', `${where}: wanted a key that verifies here, got one that is ${opened.status}`);
  const object = jsonObject({ keytype: spelling.keytype, scheme: spelling.scheme, keyval: jsonObject({ public: spelling.public }) });
  return { keyid: keyIdOf(crypto, object), fingerprint: opened.key.fingerprint, scheme: spelling.scheme, object };
}
