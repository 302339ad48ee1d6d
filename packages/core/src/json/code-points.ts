// The order of member names in OLPC canonical JSON: by code point. JavaScript's own `<` compares UTF-16 units, which
// puts U+1F600 before U+E000, so that a file sorted with it fails in other implementations.

/** Moves surrogates above U+FFFF's last unit, so that units of well-formed text compare like code points. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);

/** Negative, zero or positive as `a` sorts before, with or after `b` by code point. Both must be well formed. */
export function compareCodePoints(a: string, b: string): number {
  const shorter = a.length < b.length ? a.length : b.length;
  for (let index = 0; index < shorter; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Whether `text` holds no lone surrogate, that is, whether it can be written in UTF-8 at all. */
export function isWellFormed(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = index + 1 < text.length ? text.charCodeAt(index + 1) : 0;
    if (unit > 0xdbff || next < 0xdc00 || next > 0xdfff) return false;
    index++;
  }
  return true;
}
