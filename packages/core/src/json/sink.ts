// Bytes being written: a buffer that grows, and JSON strings put into it in one pass.
import { FormatError } from '../errors.ts';

/** How control characters are written: OLPC leaves them raw, JSON wants them escaped. */
export type ControlCharacters = 'raw' | 'escaped';

/** A growing buffer. */
export interface Sink {
  readonly controls: ControlCharacters;
  bytes: Uint8Array;
  length: number;
}

/** An empty sink. */
export const newSink = (controls: ControlCharacters): Sink => ({ controls, bytes: new Uint8Array(1024), length: 0 });

/** Makes room for `more` bytes; growing by doubling keeps the whole linear. */
function reserve(sink: Sink, more: number): void {
  const needed = sink.length + more;
  if (needed <= sink.bytes.length) return;
  const grown = new Uint8Array(Math.max(needed, sink.bytes.length * 2));
  grown.set(sink.bytes);
  sink.bytes = grown;
}

/** Writes one ASCII character. */
export function putByte(sink: Sink, byte: number): void {
  if (sink.length === sink.bytes.length) reserve(sink, 1);
  sink.bytes[sink.length++] = byte;
}

/** Writes ASCII text. */
export function putAscii(sink: Sink, text: string): void {
  reserve(sink, text.length);
  for (let index = 0; index < text.length; index++) sink.bytes[sink.length++] = text.charCodeAt(index);
}

/** Writes `text` as a JSON string in UTF-8. Throws FormatError `malformed` for a lone surrogate, which UTF-8 cannot say. */
export function putString(sink: Sink, text: string): void {
  // A unit takes at most 3 bytes, or 6 where it becomes \u001f.
  reserve(sink, text.length * (sink.controls === 'raw' ? 3 : 6) + 2);
  const { bytes } = sink;
  let at = sink.length;
  bytes[at++] = 0x22;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x80) {
      const point = text.codePointAt(index) ?? 0;
      if (point >= 0xd800 && point <= 0xdfff) throw new FormatError('malformed', 'wanted text without lone surrogates to write as json');
      at = putPoint(bytes, at, point);
      if (point > 0xffff) index++;
    } else if (unit < 0x20 && sink.controls === 'escaped') {
      for (const character of JSON.stringify(text.charAt(index)).slice(1, -1)) bytes[at++] = character.charCodeAt(0);
    } else {
      if (unit === 0x22 || unit === 0x5c) bytes[at++] = 0x5c;
      bytes[at++] = unit;
    }
  }
  bytes[at++] = 0x22;
  sink.length = at;
}

/** Writes a code point above U+007F; gives the place behind it. */
function putPoint(bytes: Uint8Array, at: number, point: number): number {
  let next = at;
  if (point < 0x800) bytes[next++] = 0xc0 | (point >> 6);
  else {
    if (point < 0x10000) bytes[next++] = 0xe0 | (point >> 12);
    else {
      bytes[next++] = 0xf0 | (point >> 18);
      bytes[next++] = 0x80 | ((point >> 12) & 63);
    }
    bytes[next++] = 0x80 | ((point >> 6) & 63);
  }
  bytes[next++] = 0x80 | (point & 63);
  return next;
}
