// Bytes on the way: one bit flipped, the length as it was.

/** `bytes` with the lowest bit of one byte flipped; the one in the middle unless told. */
export function flippedBit(bytes: Uint8Array, at: number = bytes.length >> 1): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
