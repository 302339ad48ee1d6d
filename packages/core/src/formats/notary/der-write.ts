// A small writer of DER (ITU-T X.690 §10), enough for certificates and signatures. What it writes, `der.ts` reads.
import { concatBytes } from '../../bytes/bytes.ts';
import { decodeHex } from '../../bytes/hex.ts';
import { DER } from './der.ts';

/** One element: its tag, its length in as few bytes as it needs, and the contents one after another. */
export function writeDer(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...contents);
  return concatBytes(Uint8Array.of(tag), lengthOf(content.length), content);
}

export const derSequence = (...contents: readonly Uint8Array[]): Uint8Array => writeDer(DER.sequence, ...contents);

/** An object identifier, given as its content in hex. */
export const derOid = (content: string): Uint8Array => writeDer(DER.oid, decodeHex(content));

/** Whole bytes: the first byte counts the unused bits of the last one, and there are none. */
export const derBitString = (bytes: Uint8Array): Uint8Array => writeDer(DER.bitString, Uint8Array.of(0), bytes);

/** A number that is not negative, given big-endian: in as few bytes as it needs, and with a first bit that is not set (§8.3). */
export function derInteger(number: Uint8Array): Uint8Array {
  let start = 0;
  while (start < number.length - 1 && number[start] === 0) start += 1;
  const digits = number.subarray(start);
  return writeDer(DER.integer, (digits[0] ?? 0) >= 0x80 || digits.length === 0 ? Uint8Array.of(0) : Uint8Array.of(), digits);
}

/** §10.1. Nothing here is as long as 16 MiB. */
function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  if (length < 0x100) return Uint8Array.of(0x81, length);
  if (length < 0x10000) return Uint8Array.of(0x82, length >> 8, length & 0xff);
  return Uint8Array.of(0x83, length >> 16, (length >> 8) & 0xff, length & 0xff);
}
