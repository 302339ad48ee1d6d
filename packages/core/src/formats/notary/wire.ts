// A metadata file of Notary, byte for byte as its programs write it. A real notary-server hashes its own serialisation of what was
// uploaded, never the bytes that arrived: any other spelling is accepted, and its repository is unusable from then on.
import { encodeBase64 } from '../../bytes/base64.ts';
import { decodeUtf8, encodeUtf8 } from '../../bytes/utf8.ts';
import { encodeCanonical } from '../../json/canonical.ts';
import type { JsonObject } from '../../json/value.ts';
import type { Parsed } from '../../model/metadata.ts';
import type { KeyId } from '../../names/brand.ts';

/** A signature as it is written: its bytes are those of the method, `r‖s` for `ecdsa`. */
export interface NotarySignature {
  readonly keyid: KeyId;
  readonly method: 'ecdsa' | 'eddsa' | 'rsapss';
  readonly bytes: Uint8Array;
}

// Go's encoder escapes what a browser might read as markup, and the two line ends that JavaScript used to trip over. In canonical JSON
// none of them stands outside a string.
const ESCAPED = /[<>&\u2028\u2029]/g;

/** `{"signed":…,"signatures":[…]}`, signatures in the order given. Throws FormatError for what has no canonical form. */
export function writeNotaryFile(signed: JsonObject, signatures: readonly NotarySignature[]): Uint8Array {
  const list = signatures.map(({ keyid, method, bytes }) => `{"keyid":"${keyid}","method":"${method}","sig":"${encodeBase64(bytes)}"}`);
  const body = decodeUtf8(encodeCanonical(signed)).replace(ESCAPED, escaped);
  return encodeUtf8(`{"signed":${body},"signatures":[${list.join(',')}]}`);
}

// One signature, and others after it. Methods are words of small letters, but for one of old.
const SIGNATURES = /^\{"keyid":"[0-9a-f]{64}","method":"[a-z0-9#. -]{1,40}","sig":"[A-Za-z0-9+/=]*"\}$/;

/** Whether a file that was parsed is spelled as `writeNotaryFile` would spell it. */
export function isWireForm({ file, signedBytes }: Pick<Parsed, 'file' | 'signedBytes'>): boolean {
  const start = `{"signed":${decodeUtf8(signedBytes).replace(ESCAPED, escaped)},"signatures":[`;
  const text = decodeUtf8(file);
  if (!text.startsWith(start) || !text.endsWith(']}')) return false;
  const list = text.slice(start.length, -2);
  return list === '' || list.split('},').every((part, at, all) => SIGNATURES.test(at === all.length - 1 ? part : `${part}}`));
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
