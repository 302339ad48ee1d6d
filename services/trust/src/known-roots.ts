// Every publish and every re-signing begins with the root of its repository, which changes once a year. Those met last are parsed once.
import { type Dialect, digestOf, type Parsed, type ParseEnv, ROOT } from '@countersign/core';

// Roots have 2 to 4 KB, and parsed several times that: a few MB in all.
const KEPT = 256;
const LARGEST = 16 * 1024;

/** `dialect`, which remembers roots by their bytes. For one set of limits, because they decide what parses. */
export function knowingRoots(dialect: Dialect): Dialect {
  const known = new Map<string, Parsed<'root'>>();
  const parseRoot = (file: Uint8Array, env: ParseEnv): Parsed<'root'> => {
    const digest = digestOf(env.crypto, file);
    const root = known.get(digest) ?? dialect.parse('root', ROOT, file, env);
    // Put in again, it is the newest.
    known.delete(digest);
    known.set(digest, root);
    const [oldest] = known.keys();
    if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
    return root;
  };
  return {
    ...dialect,
    parse: (kind, name, file, env) =>
      kind === 'root' && file.length <= LARGEST ? (parseRoot(file, env) as Parsed<typeof kind>) : dialect.parse(kind, name, file, env),
  };
}
