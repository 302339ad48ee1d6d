// The same meaning in other letters: what a lenient parser reads alike.

/** `file` with the first `from` replaced. Throws when there is none: a corruption that changes nothing proves nothing. */
export function respelled(file: Uint8Array, from: string, to: string): Uint8Array {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(file);
  const at = text.indexOf(from);
  if (at < 0) throw new Error(`the file does not hold ${from}`);
  return new TextEncoder().encode(`${text.slice(0, at)}${to}${text.slice(at + from.length)}`);
}
