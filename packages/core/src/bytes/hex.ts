// Hexadecimal in one spelling only: lower case, an even number of digits. Lenient decoders elsewhere drop trailing
// garbage, so that one signature has many spellings.
import { FormatError } from '../errors.ts';
import { excerpt } from './excerpt.ts';

const DIGITS = '0123456789abcdef';
// So many characters become a string in one call; more arguments than a stack holds would be an error.
const PIECE = 4096;

/** The value of a lower-case hexadecimal digit, or -1. */
function digitValue(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  if (unit >= 0x61 && unit <= 0x66) return unit - 0x57;
  return -1;
}

/** `bytes` in lower-case hexadecimal. */
export function encodeHex(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += PIECE) text += encodePiece(bytes.subarray(start, start + PIECE));
  return text;
}

// Adding digit after digit to a string leaves garbage for each of them, and files hold hundreds of hashes.
function encodePiece(bytes: Uint8Array): string {
  const units = new Array<number>(2 * bytes.length);
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    units[2 * index] = DIGITS.charCodeAt(byte >> 4);
    units[2 * index + 1] = DIGITS.charCodeAt(byte & 15);
  }
  return String.fromCharCode(...units);
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
