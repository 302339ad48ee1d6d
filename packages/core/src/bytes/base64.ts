// Base64 (RFC 4648 §4) in one spelling only: padded, no line breaks, unused bits zero. Otherwise a byte string would
// have several spellings, and whoever compares the text would see two things where there is one.
import { FormatError } from '../errors.ts';
import { excerpt } from './excerpt.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDING = 0x3d;
const VALUES: Int8Array = new Int8Array(128).fill(-1);
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

/** `bytes` in padded base64. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index;
    const group = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    text += ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63);
    text += left > 1 ? ALPHABET.charAt((group >> 6) & 63) : '=';
    text += left > 2 ? ALPHABET.charAt(group & 63) : '=';
  }
  return text;
}

/** The bytes that canonical base64 `text` spells. Throws FormatError `malformed` for anything else. */
export function decodeBase64(text: string): Uint8Array {
  const malformed = (): FormatError => new FormatError('malformed', `wanted canonical base64, got ${excerpt(text)}`);
  if (text.length % 4 !== 0) throw malformed();
  let digits = text.length;
  while (digits > text.length - 2 && digits > 0 && text.charCodeAt(digits - 1) === PADDING) digits--;
  const bytes = new Uint8Array((digits * 3) >> 2);
  let held = 0;
  let bits = 0;
  let out = 0;
  for (let index = 0; index < digits; index++) {
    const value = VALUES[text.charCodeAt(index)] ?? -1;
    if (value < 0) throw malformed();
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[out++] = held >> bits;
    }
  }
  if ((held & ((1 << bits) - 1)) !== 0) throw malformed();
  return bytes;
}
