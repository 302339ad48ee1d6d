// What several names forbid alike.

/** Whether `text` holds a C0 or C1 control character or DEL. */
export function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return true;
  }
  return false;
}

/** The length of `text` in UTF-8, or undefined when it holds a lone surrogate and so has none. */
export function utf8Length(text: string): number | undefined {
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xd800 && unit <= 0xdfff) {
      const next = index + 1 < text.length ? text.charCodeAt(index + 1) : 0;
      if (unit > 0xdbff || next < 0xdc00 || next > 0xdfff) return undefined;
      index++;
      length += 4;
    } else length += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
  }
  return length;
}
