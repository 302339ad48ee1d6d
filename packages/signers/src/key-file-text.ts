// The text of a key file. Every key file has exactly one spelling and carries a checksum, so that a cut or changed file is told
// from a wrong passphrase before any passphrase is tried. The checksum keeps no secret and proves no author: against a person
// who changes the file and its checksum stands the tag of the cipher, which covers the header as additional data.
import { createHash } from 'node:crypto';
import { isHex, isJsonObject, type JsonObject, type JsonValue, type PublicKey, readJson } from '@countersign/core';
import { KeyError } from './errors.ts';
import { checkLabel } from './label.ts';
import { type KeyWords, keyWords, nodeKeyOf, publicKeyOf } from './public-key.ts';

const SCHEMA = 'countersign-key/1';
const FIRST_LINES = `{\n  "schema": "${SCHEMA}",\n  "size": `;
const LAST_MEMBER = ',\n  "checksum": ';

/** The least and the greatest base-2 logarithm of scrypt's N: below the first a guess is cheap, above the second 1 GiB is needed. */
export const COSTS: { readonly least: number; readonly greatest: number } = { least: 15, greatest: 20 };

/** What a key file says without its passphrase. */
export interface KeyFileHeader {
  readonly key: PublicKey;
  /** A name for people; it identifies nothing. */
  readonly label: string | undefined;
  /** Base-2 logarithm of scrypt's N, from 15 to 20. */
  readonly cost: number;
}

/** The whole file. `salt`, `nonce` and `sealed` are hexadecimal. */
export interface KeyFile extends KeyFileHeader {
  readonly salt: string;
  readonly nonce: string;
  /** The private key as PKCS#8 DER, encrypted, and the 16 bytes of the tag. */
  readonly sealed: string;
}

/** The header in compact JSON: what the cipher authenticates beside the secret. */
export const headerBytes = (file: Omit<KeyFile, 'sealed'>): Uint8Array => Buffer.from(JSON.stringify({ schema: SCHEMA, ...words(file) }));

/** The one spelling of `file`. */
export function spellKeyFile(file: KeyFile): Uint8Array {
  // The size counts its own digits: it grows at most twice before it is right.
  for (let size = 0; ; ) {
    const bytes = spellWithSize(file, size);
    if (bytes.length === size) return bytes;
    size = bytes.length;
  }
}

/**
 * Reads what `spellKeyFile` wrote. Throws KeyError: `truncated`, `damaged` for any other change, `unknown-schema` for JSON of
 * another kind or version, `unsupported` for what never was a key file.
 */
export function parseKeyFile(bytes: Uint8Array, path: string): KeyFile {
  const refuse = (code: 'truncated' | 'damaged' | 'unknown-schema' | 'unsupported', what: string, cause?: unknown): KeyError =>
    new KeyError(code, `${path} ${what}`, { cause, details: { path } });
  const text = Buffer.from(bytes).toString('utf8');
  if (isCut(text, bytes.length)) throw refuse('truncated', 'ends too early');
  // A changed byte may hit the schema or the punctuation: what still holds our words was ours.
  const ours = text.includes(SCHEMA) || text.includes(LAST_MEMBER);
  let value: JsonValue;
  try {
    ({ value } = readJson(bytes, { maxDepth: 3 }));
  } catch (cause) {
    throw ours ? refuse('damaged', 'is damaged: it is no longer JSON', cause) : refuse('unsupported', 'is not a key file', cause);
  }
  const schema = isJsonObject(value) ? value.get('schema') : undefined;
  if (!isJsonObject(value) || schema !== SCHEMA) {
    if (ours) throw refuse('damaged', 'is damaged: its schema has changed');
    throw refuse('unknown-schema', `has an unknown schema, wanted ${SCHEMA}`);
  }
  let file: KeyFile;
  try {
    file = fileOf(value);
  } catch (cause) {
    throw refuse('damaged', 'is damaged: a member is not what was written', cause);
  }
  if (!Buffer.from(spellKeyFile(file)).equals(bytes)) throw refuse('damaged', 'is damaged: its checksum does not match');
  return file;
}

function words(file: Omit<KeyFile, 'sealed'>): HeaderWords {
  return {
    keyid: file.key.keyid,
    key: keyWords(file.key),
    ...(file.label === undefined ? {} : { label: file.label }),
    kdf: { name: 'scrypt', n: 2 ** file.cost, r: 8, p: 1, salt: file.salt },
    cipher: { name: 'aes-256-gcm', nonce: file.nonce },
  };
}

interface HeaderWords {
  readonly keyid: string;
  readonly key: KeyWords;
  readonly label?: string;
  readonly kdf: { readonly name: 'scrypt'; readonly n: number; readonly r: 8; readonly p: 1; readonly salt: string };
  readonly cipher: { readonly name: 'aes-256-gcm'; readonly nonce: string };
}

function spellWithSize(file: KeyFile, size: number): Uint8Array {
  const text = JSON.stringify({ schema: SCHEMA, size, ...words(file), sealed: file.sealed }, undefined, 2).slice(0, -'\n}'.length);
  const checksum = createHash('sha256').update(text).digest('hex');
  return Buffer.from(`${text}${LAST_MEMBER}"sha256:${checksum}"\n}\n`);
}

/** Whether the text is the beginning of a longer one: it promises more bytes than there are, and lacks the last brace. */
function isCut(text: string, length: number): boolean {
  if (text.length < FIRST_LINES.length) return FIRST_LINES.startsWith(text);
  if (!text.startsWith(FIRST_LINES) || text.endsWith('\n}\n')) return false;
  const [, digits = '', comma = ''] = /^(\d*)(,?)/.exec(text.slice(FIRST_LINES.length)) ?? [];
  return comma === '' ? text.length === FIRST_LINES.length + digits.length : length < Number(digits);
}

function fileOf(value: JsonObject): KeyFile {
  const kdf = objectIn(value, 'kdf');
  const cost = Math.log2(Number(kdf.get('n')));
  if (!Number.isInteger(cost) || cost < COSTS.least || cost > COSTS.greatest) throw new Error('n is out of bounds');
  return {
    key: publicKeyOf(nodeKeyOf(objectIn(value, 'key'))),
    label: value.has('label') ? checkLabel(textIn(value, 'label')) : undefined,
    cost,
    salt: hexIn(kdf, 'salt', 32),
    nonce: hexIn(objectIn(value, 'cipher'), 'nonce', 12),
    sealed: hexIn(value, 'sealed'),
  };
}

function objectIn(value: JsonObject, name: string): JsonObject {
  const member = value.get(name);
  if (!isJsonObject(member)) throw new Error(`${name} is not an object`);
  return member;
}

function textIn(value: JsonObject, name: string): string {
  const member = value.get(name);
  if (typeof member !== 'string') throw new Error(`${name} is not text`);
  return member;
}

function hexIn(value: JsonObject, name: string, bytes?: number): string {
  const text = textIn(value, name);
  if (!isHex(text, bytes === undefined ? text.length & ~1 : 2 * bytes)) throw new Error(`${name} is not hexadecimal`);
  return text;
}
