// Whether two patterns have a name in common: then the order of their roles decides whose word counts for it.

/**
 * Whether some path matches both, with `*` and `?` as `matchesPattern` reads them. The time is at most the product of both lengths.
 */
export function patternsMeet(one: string, other: string): boolean {
  const left = [...one];
  const right = [...other];
  // Row by row, from the ends: what the rests behind these two places have in common.
  let below = Array.from({ length: right.length + 1 }, () => false);
  for (let at = left.length; at >= 0; at -= 1) {
    const row = Array.from({ length: right.length + 1 }, () => false);
    for (let to = right.length; to >= 0; to -= 1) {
      const [a, b] = [left[at], right[to]];
      if (a === undefined && b === undefined) row[to] = true;
      // A star takes nothing and is done, or takes the other's next character, which is no slash.
      else if (a === '*' && (below[to] === true || (b !== undefined && b !== '/' && row[to + 1] === true))) row[to] = true;
      else if (b === '*' && (row[to + 1] === true || (a !== undefined && a !== '/' && below[to] === true))) row[to] = true;
      else row[to] = isAlike(a, b) && below[to + 1] === true;
    }
    below = row;
  }
  return below[0] === true;
}

/** Whether one character can be both. Stars were asked before. */
function isAlike(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined || a === '*' || b === '*') return false;
  if (a === '?') return b !== '/';
  return b === '?' ? a !== '/' : a === b;
}
