// Hexadecimal in one spelling only: lower case, an even number of digits. Lenient decoders elsewhere drop trailing
// garbage, so that one signature has many spellings.
import { FormatError } from '../errors.ts';
import { excerpt } from './excerpt.ts';

const BYTE_TO_HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The value of a lower-case hexadecimal digit, or -1. */
function digitValue(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  if (unit >= 0x61 && unit <= 0x66) return unit - 0x57;
  return -1;
}

/** `bytes` in lower-case hexadecimal. */
export function encodeHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += BYTE_TO_HEX[byte];
  return text;
}

/** The bytes that lower-case hexadecimal `text` spells. Throws FormatError `malformed` for anything else. */
export function decodeHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  let wrong = text.length % 2;
  for (let index = 0; index < bytes.length; index++) {
    const high = digitValue(text.charCodeAt(2 * index));
    const low = digitValue(text.charCodeAt(2 * index + 1));
    wrong |= (high | low) & 0x100;
    bytes[index] = (high << 4) | low;
  }
  if (wrong !== 0) throw new FormatError('malformed', `wanted pairs of lower-case hexadecimal digits, got ${excerpt(text)}`);
  return bytes;
}

/** Whether `text` is exactly `digits` lower-case hexadecimal digits. */
export function isHex(text: string, digits: number): boolean {
  if (text.length !== digits) return false;
  for (let index = 0; index < digits; index++) if (digitValue(text.charCodeAt(index)) < 0) return false;
  return true;
}
