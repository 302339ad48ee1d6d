// Path patterns of delegations (TUF 1.0.34 §4.5, PATHPATTERN). Only `*` and `?` mean something and neither crosses `/`;
// glob libraries also expand braces, negate, skip dot files or backtrack without end, each differently.

const SLASH = 0x2f;
const STAR = 0x2a;
const QUESTION = 0x3f;

/**
 * Whether `path` matches `pattern`: `*` stands for any number of characters, `?` for one, neither for `/`; everything
 * else, a leading dot included, stands for itself. Characters are code points; case matters. The time is at most the
 * product of both lengths.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  let at = 0;
  let next = 0;
  // Where to go on when the rest fails: behind the last `*`, which then takes one character more. Earlier ones need
  // no second try, because what they could reach, the last one reaches too; and none may pass a slash.
  let retryPattern = -1;
  let retryPath = 0;
  while (at < path.length) {
    const wanted = next < pattern.length ? pattern.charCodeAt(next) : -1;
    const unit = path.charCodeAt(at);
    if (wanted === STAR) {
      retryPattern = ++next;
      retryPath = at;
    } else if (wanted === QUESTION && unit !== SLASH) {
      next++;
      at += width(path, at);
    } else if (wanted === unit && wanted !== QUESTION) {
      if (unit === SLASH) retryPattern = -1;
      next++;
      at++;
    } else if (retryPattern >= 0 && path.charCodeAt(retryPath) !== SLASH) {
      retryPath += width(path, retryPath);
      at = retryPath;
      next = retryPattern;
    } else return false;
  }
  while (next < pattern.length && pattern.charCodeAt(next) === STAR) next++;
  return next === pattern.length;
}

/**
 * Whether every name that matches `narrower` matches `wider`. False in a few cases where that is so for a reason that takes more than
 * one look, never true where it is not. The time is at most the product of both lengths.
 */
export function includesPattern(wider: string, narrower: string): boolean {
  // `?*` and `*?` say the same; with the `?` in front, what follows can be compared sign by sign.
  const signs = narrower.replace(/[*?]+/g, (run) => `${run.replaceAll('*', '')}${run.includes('*') ? '*' : ''}`);
  const row = [...signs];
  // Which beginnings of `signs` the part of `wider` seen so far includes. A `*` takes in any signs but `/`, a `?` all but `*` and `/`.
  let reached = row.map(() => false);
  let empty = true;
  for (const sign of wider) {
    const next: boolean[] = [];
    let before = empty;
    let beforeNext = sign === '*' && empty;
    for (const [at, inner] of row.entries()) {
      const here = reached[at] === true;
      const taken =
        sign === '*' ? here || (inner !== '/' && beforeNext) : before && (sign === '?' ? inner !== '*' && inner !== '/' : sign === inner);
      next.push(taken);
      before = here;
      beforeNext = taken;
    }
    empty = sign === '*' && empty;
    reached = next;
  }
  return row.length === 0 ? empty : reached.at(-1) === true;
}

/** The UTF-16 units of the character at `at`. */
const width = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

/** Whether every TUF client reads `pattern` alike: false when it holds any of `[ ] { } ! # \ ( )`. */
export function isPlainPattern(pattern: string): boolean {
  return !/[[\]{}!#\\()]/.test(pattern);
}
