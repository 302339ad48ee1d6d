// A small strict reader of DER (ITU-T X.690 §10), enough for certificates and keys. It is synchronous and has one reading of every
// input: lengths are definite and minimal, and an element ends where its length says, or nothing is read at all.
import { FormatError } from '../../errors.ts';

/** One element. */
export interface Der {
  readonly tag: number;
  /** What the length covers. */
  readonly content: Uint8Array;
  /** Tag, length and content. */
  readonly whole: Uint8Array;
}

/** Tags (X.690 §8.1.2). */
export const DER = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const malformed = (what: string): FormatError => new FormatError('malformed', `der: ${what}`);

/** The one element that `bytes` are. Throws FormatError `malformed`. */
export function readDer(bytes: Uint8Array): Der {
  const element = elementAt(bytes, 0);
  if (element.whole.length !== bytes.length) throw malformed(`${bytes.length - element.whole.length} bytes stand after the end`);
  return element;
}

/** The elements inside a constructed one. Throws FormatError `malformed`. */
export function derChildren({ content }: Der): readonly Der[] {
  const children: Der[] = [];
  for (let offset = 0; offset < content.length; ) {
    const child = elementAt(content, offset);
    children.push(child);
    offset += child.whole.length;
  }
  return children;
}

/** `element`, which must be there and have this tag. Throws FormatError `malformed`. */
export function expectDer(element: Der | undefined, tag: number, what: string): Der {
  if (element === undefined) throw malformed(`wanted ${what}, got nothing`);
  if (element.tag !== tag) throw malformed(`wanted ${what} (tag ${tag}), got tag ${element.tag}`);
  return element;
}

function elementAt(bytes: Uint8Array, offset: number): Der {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined) throw malformed('ends in the middle of an element');
  if ((tag & 0x1f) === 0x1f) throw malformed('tags of several bytes are not read');
  const digits = first < 0x80 ? 0 : first & 0x7f;
  const start = offset + 2 + digits;
  const length = digits === 0 ? first : longLength(bytes.subarray(offset + 2, start), digits);
  if (start + length > bytes.length) throw malformed(`wanted ${length} bytes, got ${Math.max(0, bytes.length - start)}`);
  return { tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(offset, start + length) };
}

/** §10.1: definite, and in as few bytes as it needs. */
function longLength(bytes: Uint8Array, digits: number): number {
  if (digits === 0 || digits > 4 || bytes.length < digits) throw malformed('wanted a definite length of at most four bytes');
  let length = 0;
  for (const byte of bytes) length = length * 256 + byte;
  if (bytes[0] === 0 || length < 0x80) throw malformed('wanted a length in as few bytes as it needs');
  return length;
}
