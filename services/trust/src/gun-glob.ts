// Patterns of repository names, by path segment: `*` stands for one segment or a part of it, `**` for any number of segments.
import { matchesPattern } from '@countersign/core';

/** Whether `pattern` covers `gun`. The time is at most the product of both lengths. */
export function coversGun(pattern: string, gun: string): boolean {
  const wanted = pattern.split('/');
  const segments = gun.split('/');
  let at = 0;
  let next = 0;
  // Where to go on when the rest fails: behind the last `**`, which then takes one segment more.
  let retryPattern = -1;
  let retryAt = 0;
  while (at < segments.length) {
    const segment = segments[at] ?? '';
    const part = wanted[next];
    if (part === '**') {
      retryPattern = ++next;
      retryAt = at;
    } else if (part !== undefined && matchesPattern(part, segment)) {
      next++;
      at++;
    } else if (retryPattern >= 0) {
      at = ++retryAt;
      next = retryPattern;
    } else return false;
  }
  while (wanted[next] === '**') next++;
  return next === wanted.length;
}

/** Whether `pattern` covers every name there can be. */
export const coversAll = (pattern: string): boolean => pattern === '**';
