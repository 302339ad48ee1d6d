// PKCS#11 URIs (RFC 7512): which token, which key on it, and which library speaks with it. Unknown attributes are refused: one that
// narrows a search and is ignored would choose another key.
import { excerpt } from '@countersign/core';
import { KeyError } from './errors.ts';

export interface Pkcs11Uri {
  /** The library of the token, an absolute path: it is loaded into this process. */
  readonly modulePath: string;
  /** What the token must say of itself; attributes that are absent fit everything. */
  readonly token: {
    readonly label: string | undefined;
    readonly manufacturer: string | undefined;
    readonly model: string | undefined;
    readonly serial: string | undefined;
  };
  /** CKA_LABEL of the key. */
  readonly object: string | undefined;
  /** CKA_ID of the key. */
  readonly id: Uint8Array | undefined;
  /** A file whose first line is the PIN. */
  readonly pinFile: string | undefined;
}

const PATH_NAMES: ReadonlySet<string> = new Set(['token', 'manufacturer', 'model', 'serial', 'object', 'id', 'type']);
const QUERY_NAMES: ReadonlySet<string> = new Set(['module-path', 'pin-source', 'pin-value']);

const refuse = (what: string): KeyError => new KeyError('unsupported', `key uri pkcs11: ${what}`);

/** Reads what stands behind `pkcs11:`. Throws KeyError('unsupported'). */
export function parsePkcs11Uri(text: string): Pkcs11Uri {
  const [path = '', query = '', ...more] = text.split('?');
  if (more.length > 0) throw refuse('has two question marks, wanted one, before module-path');
  const at = attributesIn(path, ';', PATH_NAMES);
  const asked = attributesIn(query, '&', QUERY_NAMES);
  if (asked.has('pin-value'))
    throw refuse('carries a pin-value, which other users of this computer can read; wanted pin-source, or no pin');
  const type = textOf(at.get('type'));
  if (type !== undefined && type !== 'private') throw refuse(`has the type ${excerpt(type)}, wanted private`);
  const modulePath = textOf(asked.get('module-path'));
  if (modulePath === undefined || !/^(?:\/|[A-Za-z]:[\\/])/.test(modulePath)) {
    throw refuse('has no absolute module-path, wanted ?module-path=/…/library.so of the token');
  }
  const [object, id] = [textOf(at.get('object')), at.get('id')];
  if (object === undefined && id === undefined) throw refuse('names no key, wanted object=LABEL or id=%XX');
  return {
    modulePath,
    token: {
      label: textOf(at.get('token')),
      manufacturer: textOf(at.get('manufacturer')),
      model: textOf(at.get('model')),
      serial: textOf(at.get('serial')),
    },
    object,
    id: id === undefined ? undefined : new Uint8Array(id),
    pinFile: pinFileIn(textOf(asked.get('pin-source'))),
  };
}

function attributesIn(text: string, separator: string, known: ReadonlySet<string>): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const part of text.split(separator)) {
    if (part === '') continue;
    const [, name, value] = /^([a-z-]+)=([^=]*)$/.exec(part) ?? [];
    if (name === undefined || value === undefined) throw refuse('has a part that is no name=value');
    if (!known.has(name)) throw refuse(`has the attribute ${excerpt(name)}, wanted one of ${[...known].join(', ')}`);
    if (found.has(name)) throw refuse(`has ${name} twice`);
    found.set(name, bytesOf(name, value));
  }
  return found;
}

/** The bytes that a percent-encoded value stands for: an id need not be text. */
function bytesOf(name: string, value: string): Buffer {
  if (!/^(?:[^%]|%[0-9A-Fa-f]{2})*$/.test(value)) throw refuse(`has a ${name} with a percent sign that is no %XX`);
  const bytes = [...value.matchAll(/%([0-9A-Fa-f]{2})|[^%]+/g)].map(([text, hex]) =>
    hex === undefined ? Buffer.from(text) : Buffer.from(hex, 'hex'),
  );
  return Buffer.concat(bytes);
}

const textOf = (bytes: Buffer | undefined): string | undefined => bytes?.toString('utf8');

/** A path, or `file:` and one. RFC 7512 §2.4 also knows `|program`; whoever wants that has exec:. */
function pinFileIn(source: string | undefined): string | undefined {
  if (source === undefined) return undefined;
  const path = source.replace(/^file:(?:\/\/)?/, '');
  if (path.startsWith('/')) return path;
  throw refuse('has a pin-source that is no file, wanted pin-source=file:/PATH');
}
