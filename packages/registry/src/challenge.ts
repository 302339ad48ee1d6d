// What a registry wants before it answers: the WWW-Authenticate header, RFC 9110 §11.6.1. Several challenges may stand in
// one header, separated by the same comma that separates the parameters of one.
import { RegistryError } from './errors.ts';

export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y;
const SPACE = /[ \t]*/y;
const LONGEST = 8192;

/** A place in the header; every step moves it forward, so that reading is linear. */
interface Cursor {
  readonly text: string;
  at: number;
}

function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  if (match === null) return undefined;
  cursor.at = pattern.lastIndex;
  return match;
}

const malformed = (): RegistryError => new RegistryError('bad-reply', 'the registry asks for credentials in a way that cannot be read');

/** `name = value` at the cursor, or `undefined` when what stands there is the scheme of the next challenge. */
function takeParameter(cursor: Cursor): readonly [string, string] | undefined {
  const start = cursor.at;
  const name = take(cursor, TOKEN)?.[0];
  take(cursor, SPACE);
  if (name === undefined || cursor.text[cursor.at] !== '=') {
    cursor.at = start;
    return undefined;
  }
  cursor.at += 1;
  take(cursor, SPACE);
  const quoted = take(cursor, QUOTED)?.[1]?.replace(/\\(.)/g, '$1');
  const value = quoted ?? take(cursor, TOKEN)?.[0];
  if (value === undefined) throw malformed();
  return [name.toLowerCase(), value];
}

/** Commas and blanks between elements; whether there was a comma. */
function takeSeparator(cursor: Cursor): boolean {
  const start = cursor.at;
  while (cursor.at < cursor.text.length && ', \t'.includes(cursor.text.charAt(cursor.at))) cursor.at += 1;
  return cursor.text.slice(start, cursor.at).includes(',');
}

function takeChallenge(cursor: Cursor): Challenge {
  const scheme = take(cursor, TOKEN)?.[0];
  if (scheme === undefined) throw malformed();
  const parameters = new Map<string, string>();
  const challenge = { scheme: scheme.toLowerCase(), parameters };
  if (takeSeparator(cursor) || cursor.at === cursor.text.length) return challenge;
  if (take(cursor, TOKEN68) !== undefined) {
    takeSeparator(cursor);
    return challenge;
  }
  for (;;) {
    const parameter = takeParameter(cursor);
    if (parameter === undefined) {
      if (parameters.size === 0) throw malformed();
      return challenge;
    }
    const [name, value] = parameter;
    if (parameters.has(name)) throw malformed(); // two realms in one challenge: whose would it be?
    parameters.set(name, value);
    if (!takeSeparator(cursor)) {
      if (cursor.at < cursor.text.length) throw malformed();
      return challenge;
    }
  }
}

/** Every challenge in the header, in order. Throws RegistryError `bad-reply` for what RFC 9110 does not allow. */
export function parseChallenges(header: string): readonly Challenge[] {
  if (header.length > LONGEST) throw malformed();
  const cursor: Cursor = { text: header, at: 0 };
  const challenges: Challenge[] = [];
  takeSeparator(cursor);
  while (cursor.at < header.length) challenges.push(takeChallenge(cursor));
  return challenges;
}
