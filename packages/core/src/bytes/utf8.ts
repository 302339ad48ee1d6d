// UTF-8, strictly: what does not decode is refused instead of becoming U+FFFD, because two different files would then
// read as one. A byte order mark stays in the text, where the JSON reader refuses it.
import { FormatError } from '../errors.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The UTF-8 bytes of `text`. Lone surrogates become U+FFFD: check foreign text first. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text that `bytes` encode, a byte order mark included. Throws FormatError `malformed` for invalid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new FormatError('malformed', 'wanted text in UTF-8, got other bytes', { cause: error });
  }
}
