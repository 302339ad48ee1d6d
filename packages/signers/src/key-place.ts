// A note in the key folder that says where a key is: its public half and a key URI. So a key on a token or behind a program is a key
// of this machine as every other, and is found by label and fingerprint without being opened. It holds no secret; it names a program
// that will run, so it is read only when nobody else may write to it.
import { isJsonObject, type JsonObject, type JsonValue, type PublicKey, readJson } from '@countersign/core';
import { KeyError } from './errors.ts';
import { parseKeyUri } from './key-uri.ts';
import { checkLabel } from './label.ts';
import { keyWords, nodeKeyOf, publicKeyOf } from './public-key.ts';
import { type Create, writeSecretFile } from './secret-file.ts';

const SCHEMA = 'countersign-key-place/1';
const MEMBERS: ReadonlySet<string> = new Set(['schema', 'keyid', 'key', 'label', 'uri']);

export interface KeyPlace {
  readonly key: PublicKey;
  readonly label: string | undefined;
  /** Where the key is: what `openSigner` takes. */
  readonly uri: string;
}

/** Whether the bytes are such a note, by their first words. */
export const isKeyPlace = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(0, 80)).toString('latin1').includes(`"${SCHEMA}"`);

/** Throws KeyError('damaged'). */
export function parseKeyPlace(bytes: Uint8Array, path: string): KeyPlace {
  try {
    const { value } = readJson(bytes, { maxDepth: 3 });
    if (!isJsonObject(value) || value.get('schema') !== SCHEMA) throw new Error('wanted an object of our schema');
    for (const name of value.keys()) if (!MEMBERS.has(name)) throw new Error(`unknown member ${name}`);
    return placeIn(value);
  } catch (cause) {
    throw new KeyError('damaged', `${path} is damaged: it does not say where its key is`, { cause, details: { path } });
  }
}

/** Throws KeyError (`exists`, `unreadable`, `unsupported` for what is no key URI), FormatError for the label. */
export async function writeKeyPlace(path: string, { key, label, uri }: KeyPlace, create: Create): Promise<void> {
  parseKeyUri(uri);
  const note = {
    schema: SCHEMA,
    keyid: key.keyid,
    key: keyWords(key),
    ...(label === undefined ? {} : { label: checkLabel(label) }),
    uri,
  };
  await writeSecretFile(path, Buffer.from(`${JSON.stringify(note, undefined, 2)}\n`), { create });
}

function placeIn(value: JsonObject): KeyPlace {
  const object = value.get('key');
  if (!isJsonObject(object)) throw new Error('key is not an object');
  const key = publicKeyOf(nodeKeyOf(object));
  if (value.get('keyid') !== key.keyid) throw new Error('keyid is not that of the key');
  const uri = textIn(value.get('uri'));
  parseKeyUri(uri);
  return { key, label: value.has('label') ? checkLabel(textIn(value.get('label'))) : undefined, uri };
}

function textIn(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  throw new Error('a member is not text');
}
