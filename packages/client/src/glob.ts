// Patterns over names: `*` stands for any text within one segment, `**` for any number of segments, none included.
import { excerpt, FormatError } from '@countersign/core';

/** A pattern, cut into segments. */
export type Glob = readonly string[];

/** Reads `registry.example.com/team/**`. Throws FormatError `malformed`: what no name could match is a mistake, not a pattern. */
export function parseGlob(text: string, where: string): Glob {
  const segments = text.split('/');
  const wellFormed = segments.every((segment) => segment === '**' || (/^[a-z0-9._:*-]+$/.test(segment) && !segment.includes('**')));
  if (!wellFormed) throw new FormatError('malformed', `${where}: wanted a pattern like registry.example.com/team/*, got ${excerpt(text)}`);
  return segments;
}

/** Whether `name` matches as a whole. The time is bounded by the product of both lengths, whatever the pattern. */
export function matchesGlob(glob: Glob, name: string): boolean {
  const segments = name.split('/');
  // reached[i]: the pattern so far matches exactly the first i segments.
  let reached = [true, ...segments.map(() => false)];
  for (const part of glob) {
    const next = [part === '**' && reached[0] === true];
    for (const [index, segment] of segments.entries()) {
      next.push(
        part === '**' ? reached[index + 1] === true || next[index] === true : reached[index] === true && matchesSegment(part, segment),
      );
    }
    reached = next;
  }
  return reached.at(-1) === true;
}

/** `*` within one segment: each literal piece is looked for at its earliest place, which is never worse than a later one. */
function matchesSegment(part: string, segment: string): boolean {
  const [first = '', ...rest] = part.split('*');
  const last = rest.pop();
  if (last === undefined) return segment === first;
  if (!segment.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = segment.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return segment.length - last.length >= at && segment.endsWith(last);
}
