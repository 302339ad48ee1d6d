// The public key that a server answers with, made strict: it becomes part of a root that people sign.
import { type Cryptography, type Dialect, FormatError, type PublicKey, readJson } from '@countersign/core';
import { asObject } from './strict-members.ts';

/** Throws FormatError unless this is a key that can verify here. Members beside those of a key are dropped. */
export function readServerKey(
  body: Uint8Array,
  role: string,
  dialect: Pick<Dialect, 'readKey' | 'spellKey'>,
  crypto: Cryptography,
): PublicKey {
  const where = `${role} key`;
  const spelling = dialect.readKey(asObject(readJson(body, { maxDepth: 4 }).value, where), crypto);
  const opened = crypto.openKey(spelling);
  if (opened.status !== 'ready')
    throw new FormatError('malformed', `${where}: wanted a key that verifies here, got one that is ${opened.status}`);
  return { ...dialect.spellKey(spelling, crypto), fingerprint: opened.key.fingerprint, scheme: spelling.scheme };
}
