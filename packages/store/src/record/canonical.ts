// RFC 8785, for what is ours alone. The one file that imports `canonicalize`.
// Metadata is not written here: its PEM keys need OLPC's canonical form, which is core's.
import canonicalize from 'canonicalize';
import { StoreError } from '../errors.ts';

/** The UTF-8 bytes of the RFC 8785 form of a plain object of strings, whole numbers, arrays and such objects. */
export function canonicalBytes(value: object): Uint8Array {
  const text = canonicalize(value);
  if (text === undefined) throw new StoreError('invalid', 'the value has no canonical form');
  return new TextEncoder().encode(text);
}
