// Foreign text inside an error message: short, in one line, and unable to move a terminal's cursor or hide itself.

const LIMIT = 78;

/**
 * `text` between double quotes for an error message: at most 80 bytes of printable ASCII, everything else as `\uXXXX`,
 * with `...` before the closing quote when something was cut.
 */
export function excerpt(text: string): string {
  let out = '';
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    const plain = unit >= 0x20 && unit < 0x7f && unit !== 0x22 && unit !== 0x5c;
    const next = plain
      ? text.charAt(index)
      : unit === 0x22 || unit === 0x5c
        ? `\\${text.charAt(index)}`
        : `\\u${unit.toString(16).padStart(4, '0')}`;
    const last = index === text.length - 1;
    if (out.length + next.length > (last ? LIMIT : LIMIT - 3)) return `"${out}..."`;
    out += next;
  }
  return `"${out}"`;
}
