// Metadata repeats itself: a hundred thousand targets carry the same `custom`. The same bytes mean the same value, and values
// are immutable, so a small object that was read before is given again instead of being built again. Half of the time
// and memory of a large targets file would go into such Maps.
import type { Cursor } from './cursor.ts';
import type { JsonObject } from './value.ts';

// Bounds what a vain comparison costs.
const LONGEST = 128;
const SLOTS = 256;

/** Mixes the depth with the first letter of the first member's name. */
const slotOf = (cursor: Cursor, start: number, depth: number): number => ((cursor.bytes[start + 2] ?? 0) + depth * 67) & (SLOTS - 1);

/** The object that starts at the cursor, if it was read before at this depth; the cursor then moves behind it. */
export function readRepeat(cursor: Cursor, depth: number): JsonObject | undefined {
  const { at, bytes, repeats } = cursor;
  const repeat = repeats[slotOf(cursor, at, depth)];
  if (repeat === undefined || repeat.depth !== depth) return undefined;
  const { start, length } = repeat;
  for (let index = 0; index < length; index++) if (bytes[start + index] !== bytes[at + index]) return undefined;
  cursor.at = at + length;
  return repeat.object;
}

/** Remembers `object`, which was just read from `start` to the cursor. */
export function rememberObject(cursor: Cursor, start: number, depth: number, object: JsonObject): void {
  const length = cursor.at - start;
  if (length <= LONGEST) cursor.repeats[slotOf(cursor, start, depth)] = { start, length, depth, object };
}
