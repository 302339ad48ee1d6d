// What a key URI says: where a key is, and nothing secret. A URI stands in arguments, which other users of the computer can read.
import { fileURLToPath } from 'node:url';
import { excerpt } from '@countersign/core';
import { KeyError } from './errors.ts';
import { type Pkcs11Uri, parsePkcs11Uri } from './pkcs11-uri.ts';

export type KeyUri =
  | { readonly scheme: 'file'; readonly path: string }
  | { readonly scheme: 'env'; readonly name: string }
  | { readonly scheme: 'exec'; readonly program: string; readonly args: readonly string[] }
  | ({ readonly scheme: 'pkcs11' } & Pkcs11Uri);

const WANTED = 'file:PATH, env:NAME, exec:PROGRAM or pkcs11:…';

/** Whether `text` is a key URI and no label: it begins with one of our schemes. */
export const isKeyUri = (text: string): boolean => /^(?:file|env|exec|pkcs11):/i.test(text);

/** Reads a key URI, or a bare path. Throws KeyError('unsupported') for whatever is none. */
export function parseKeyUri(text: string): KeyUri {
  if (text === '') throw new KeyError('unsupported', `key uri is empty, wanted ${WANTED}, or a path`);
  // One letter and a colon is a drive of Windows.
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(text)?.[1];
  const rest = text.slice((scheme?.length ?? -1) + 1);
  switch (scheme?.toLowerCase()) {
    case undefined:
      return { scheme: 'file', path: text };
    case 'file':
      return { scheme: 'file', path: pathOf(text, rest) };
    case 'env':
      return { scheme: 'env', name: variableIn(rest) };
    case 'exec':
      return { scheme: 'exec', ...commandIn(rest) };
    case 'pkcs11':
      return { scheme: 'pkcs11', ...parsePkcs11Uri(rest) };
    default:
      throw new KeyError('unsupported', `key uri has the scheme ${excerpt(scheme ?? '')}, wanted ${WANTED}, or a path`);
  }
}

function pathOf(uri: string, rest: string): string {
  if (!rest.startsWith('//')) return rest;
  try {
    return fileURLToPath(`file:${rest}`);
  } catch (cause) {
    throw new KeyError('unsupported', `key uri ${excerpt(uri)} names no local file, wanted file:///PATH`, { cause });
  }
}

function variableIn(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) return name;
  // No word of it: somebody may have put the key itself here.
  throw new KeyError('unsupported', 'key uri env: names no variable, wanted env:NAME with letters, digits and underscores');
}

/** Words are separated by spaces; within a word `%20` is a space and `%25` a percent sign, as in every URI. No shell reads them. */
function commandIn(text: string): { readonly program: string; readonly args: readonly string[] } {
  const [program, ...args] = text
    .split(' ')
    .filter((word) => word !== '')
    .map(decoded);
  if (program === undefined) throw new KeyError('unsupported', 'key uri exec: names no program, wanted exec:PROGRAM ARGS');
  // What lies in the working folder may be somebody else's: a checkout, a download.
  if (!/^(?:\/|[A-Za-z]:[\\/])/.test(program) && /[\\/]/.test(program)) {
    throw new KeyError('unsupported', `key uri exec: names ${excerpt(program)}, wanted an absolute path, or a name to find in PATH`);
  }
  return { program, args };
}

function decoded(word: string): string {
  try {
    const text = decodeURIComponent(word);
    if (!text.includes('\0')) return text;
  } catch {
    // Told below, with what was wanted.
  }
  throw new KeyError('unsupported', 'key uri exec: has a percent sign that is no %XX, wanted %25 for the sign itself');
}
