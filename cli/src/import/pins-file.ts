// What owners say about the first roots of their repositories: `--pins FILE`, a line for each, the name and the pin. Pins that this machine
// has already count too; a file that contradicts one is refused.
import { decodeUtf8, FormatError, formatPin, type Gun, parseNotaryGun, parsePin, type RootPin } from '@countersign/core';
import { UsageError } from '../errors.ts';

/** Throws UsageError, naming the line. */
export function readPinsFile(bytes: Uint8Array, name: string): ReadonlyMap<Gun, RootPin> {
  const pins = new Map<Gun, RootPin>();
  const lines = textOf(bytes, name).split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    // Names of Notary may hold spaces, pins may not. Owners send what `trust show` prints, which says after the pin who set it, and its format.
    const [, gun = '', pin = ''] = /^(.*\S)\s+(sha256:\S+)(?: {2,}\S.* {2,}notary)?\s*$/.exec(line) ?? [];
    const where = `${name.slice(0, 80)}, line ${index + 1}`;
    if (gun === '')
      throw new UsageError('bad-arguments', `${where}: wanted a name and sha256:HEX@N, got ${JSON.stringify(line).slice(0, 120)}`);
    try {
      const [key, read] = [parseNotaryGun(gun), parsePin(pin).pin];
      const before = pins.get(key);
      if (before !== undefined && formatPin(before) !== formatPin(read))
        throw new UsageError('bad-arguments', `${where}: another pin of ${key} stands above`);
      pins.set(key, read);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new UsageError('bad-arguments', `${where}: ${error.message}`, { cause: error });
    }
  }
  return pins;
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UsageError('bad-arguments', `${name.slice(0, 80)} is no UTF-8`, { cause: error });
  }
}
