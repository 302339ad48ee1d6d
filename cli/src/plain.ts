// Text that may hold words of somebody else: names that were signed elsewhere, what a server says. Nothing in it may move the
// cursor, repaint what stands above, or turn the order of letters around.

/** Nothing but printable ASCII and line ends: the usual case, which needs no table of all of Unicode. */
const isHarmless = (text: string): boolean => /^[\n\x20-\x7e]*$/.test(text);

/** `text` in which every control, format and unassigned character, and every end of a line or paragraph, is shown as `\u001b`. */
export const plain = (text: string): string =>
  isHarmless(text) ? text.replaceAll('\n', hex(10)) : text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, shown);

/** The same for text of several lines: line ends and tabs stay. */
export const plainLines = (text: string): string => (isHarmless(text) ? text : text.replace(/(?![\n\t])[\p{C}\p{Zl}\p{Zp}]/gu, shown));

/** JSON as it was, in which the same characters are written as JSON escapes. */
export const plainJson = (json: string): string =>
  json.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => [...units(character)].map(hex).join(''));

const hex = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`;
const shown = (character: string): string => hex(character.codePointAt(0) ?? 0);

/** A character beyond the first 65,536 is two escapes in JSON. */
function* units(character: string): Iterable<number> {
  for (let at = 0; at < character.length; at += 1) yield character.charCodeAt(at);
}
