// A file is parsed when it arrives, to ask for what it names, and again when it is judged. This makes the second time free.
import type { Parsed } from '../model/metadata.ts';
import type { Dialect } from './dialect.ts';

/** The same dialect, which remembers what it read for as long as somebody holds the bytes. They must not change. */
export function readingOnce(dialect: Dialect): Dialect {
  const read = new WeakMap<Uint8Array, Parsed>();
  return {
    ...dialect,
    parse(kind, name, file, env) {
      const known = read.get(file);
      if (known !== undefined && isOf(known, kind) && known.name === name) return known;
      const parsed = dialect.parse(kind, name, file, env);
      read.set(file, parsed);
      return parsed;
    },
  };
}

const isOf = <Kind extends Parsed['kind']>(parsed: Parsed, kind: Kind): parsed is Parsed<Kind> => parsed.kind === kind;
