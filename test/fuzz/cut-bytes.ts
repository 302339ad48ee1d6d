// Mutations that know nothing: bits, bytes and pieces of a file, and its length.
import { concatBytes } from '@countersign/core';
import type { Chance } from '../lab/chance.ts';

// Bytes that mean something in JSON.
const MEANINGFUL = [...' \t\n\r{}[]:,"\\/-+.eE0123456789truefalsn'].map((char) => char.charCodeAt(0));

export function cutBytes(file: Uint8Array, donor: Uint8Array, chance: Chance): Uint8Array {
  const at = chance.below(file.length);
  const end = Math.min(file.length, at + 1 + chance.below(chance.once(2) ? 4 : 200));
  const [before, piece, behind] = [file.subarray(0, at), file.subarray(at, end), file.subarray(end)];
  switch (chance.below(9)) {
    case 0: {
      const copy = Uint8Array.from(file);
      copy[at] = (copy[at] ?? 0) ^ (1 << chance.below(8));
      return copy;
    }
    case 1: {
      const copy = Uint8Array.from(file);
      copy[at] = chance.once(3) ? chance.below(256) : chance.pick(MEANINGFUL);
      return copy;
    }
    case 2:
      return concatBytes(before, behind);
    case 3:
      return concatBytes(before, piece, piece, behind);
    case 4:
      return concatBytes(before, Uint8Array.of(chance.once(3) ? chance.below(256) : chance.pick(MEANINGFUL)), file.subarray(at));
    case 5:
      return before;
    case 6: {
      const from = chance.below(donor.length);
      return concatBytes(before, donor.subarray(from, from + piece.length), behind);
    }
    case 7:
      return concatBytes(before, donor.subarray(Math.min(at, donor.length)));
    default: {
      // White space around means nothing, up to the length that a reader takes.
      const space = new Uint8Array(chance.once(50) ? 20_000 : 1 + chance.below(8)).fill(0x20);
      return chance.once(2) ? concatBytes(space, file) : concatBytes(file, space);
    }
  }
}
