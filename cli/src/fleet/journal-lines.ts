// The lines of a journal: what a campaign is, and what became of each repository so far. Strict JSON, one object a line; a line that was
// being written when the machine stopped has no end, and counts as never written.
import { StateError } from '@countersign/client';
import {
  decodeUtf8,
  encodeUtf8,
  type Fingerprint,
  FormatError,
  type Gun,
  isJsonObject,
  type JsonObject,
  memberArray,
  memberInteger,
  memberString,
  optionalMemberString,
  parseFingerprint,
  parseGun,
  readJson,
} from '@countersign/core';

/** What is carried out. Two runs with equal ones are one campaign. */
export interface Campaign {
  readonly kind: 'rotate' | 'revoke';
  readonly key: Fingerprint;
  readonly next: Fingerprint | undefined;
  readonly root: 'leave' | 'include';
  /** `ROLE=NUMBER`, sorted. */
  readonly thresholds: readonly string[];
  readonly server: string;
  readonly below: string | undefined;
}

export interface JournalHead extends Campaign {
  readonly started: string;
  /** The plan that was confirmed. */
  readonly repositories: readonly Gun[];
}

/** What the key had signed in a role: entries as `[path, digest]`. */
export interface SignedThere {
  readonly role: string;
  readonly entries: readonly { readonly path: string; readonly digest: string }[];
}

export type Progress =
  /** Written before anything is sent: which version each role is to get. */
  | {
      readonly at: 'begin';
      readonly gun: Gun;
      readonly versions: Readonly<Record<string, number>>;
      readonly signed: readonly SignedThere[];
    }
  /** The repository was read again afterwards; `left` are the roles that still name the key. */
  | {
      readonly at: 'done';
      readonly gun: Gun;
      readonly versions: Readonly<Record<string, number>>;
      /** In the files that were replaced: somebody may have published after the plan was made. */
      readonly signed: readonly SignedThere[];
      readonly left: readonly string[];
    }
  | { readonly at: 'failed'; readonly gun: Gun; readonly code: string; readonly message: string };

export type Line = Progress | { readonly at: 'end'; readonly time: string };

export interface JournalText {
  readonly head: JournalHead;
  readonly progress: readonly Progress[];
  readonly ended: string | undefined;
  /** How many bytes are whole lines. */
  readonly length: number;
}

export const headLine = (head: JournalHead): Uint8Array => lineOf({ schema: 1, at: 'start', ...head });
export const lineOf = (line: object): Uint8Array => encodeUtf8(`${JSON.stringify(line)}\n`);

/** Undefined when not even the head was written whole. Throws StateError `damaged-state`. */
export function readJournalText(bytes: Uint8Array, path: string): JournalText | undefined {
  const length = bytes.lastIndexOf(0x0a) + 1;
  if (length === 0) return undefined;
  try {
    const [first = '', ...others] = decodeUtf8(bytes.subarray(0, length)).split('\n').slice(0, -1);
    const lines = others.map((line) => readLine(objectOf(line)));
    const end = lines.find((line) => line.at === 'end');
    return {
      head: readHead(objectOf(first)),
      progress: lines.flatMap((line) => (line.at === 'end' ? [] : [line])),
      ended: end?.at === 'end' ? end.time : undefined,
      length,
    };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new StateError('damaged-state', `${path}: ${error.message}`, { cause: error, details: { path } });
  }
}

function objectOf(line: string): JsonObject {
  const { value } = readJson(encodeUtf8(line), { maxDepth: 8 });
  if (isJsonObject(value)) return value;
  throw new FormatError('malformed', 'journal: wanted a JSON object in each line');
}

const WHERE = 'journal';

function readHead(line: JsonObject): JournalHead {
  if (memberInteger(line, 'schema', WHERE) !== 1)
    throw new FormatError('malformed', 'journal: wanted schema 1, written by another version');
  const next = optionalMemberString(line, 'next', WHERE);
  return {
    kind: memberString(line, 'kind', WHERE) === 'rotate' ? 'rotate' : 'revoke',
    key: parseFingerprint(memberString(line, 'key', WHERE)),
    next: next === undefined ? undefined : parseFingerprint(next),
    root: memberString(line, 'root', WHERE) === 'include' ? 'include' : 'leave',
    thresholds: line.has('thresholds') ? texts(line, 'thresholds') : [],
    server: memberString(line, 'server', WHERE),
    below: optionalMemberString(line, 'below', WHERE),
    started: memberString(line, 'started', WHERE),
    repositories: texts(line, 'repositories').map((name) => parseGun(name)),
  };
}

function readLine(line: JsonObject): Line {
  const at = memberString(line, 'at', WHERE);
  if (at === 'end') return { at, time: memberString(line, 'time', WHERE) };
  const gun = parseGun(memberString(line, 'gun', WHERE));
  if (at === 'failed') return { at, gun, code: memberString(line, 'code', WHERE), message: memberString(line, 'message', WHERE) };
  if (at === 'done') return { at, gun, versions: versionsOf(line), signed: signedIn(line), left: texts(line, 'left') };
  if (at === 'begin') return { at, gun, versions: versionsOf(line), signed: signedIn(line) };
  throw new FormatError('malformed', 'journal: a line of an unknown kind');
}

function versionsOf(line: JsonObject): Readonly<Record<string, number>> {
  const versions = line.get('versions');
  if (!isJsonObject(versions)) throw new FormatError('malformed', 'journal: wanted versions');
  return Object.fromEntries([...versions.keys()].map((role) => [role, memberInteger(versions, role, WHERE)]));
}

const signedIn = (line: JsonObject): readonly SignedThere[] => memberArray(line, 'signed', WHERE).map(signedOf);

function signedOf(value: unknown): SignedThere {
  const object = asObject(value);
  const entries = memberArray(object, 'entries', WHERE).map(asObject);
  return {
    role: memberString(object, 'role', WHERE),
    entries: entries.map((entry) => ({ path: memberString(entry, 'path', WHERE), digest: memberString(entry, 'digest', WHERE) })),
  };
}

function asObject(value: unknown): JsonObject {
  if (value instanceof Map) return value;
  throw new FormatError('malformed', 'journal: wanted an object');
}

const texts = (line: JsonObject, name: string): readonly string[] =>
  memberArray(line, name, WHERE).map((value) => {
    if (typeof value === 'string') return value;
    throw new FormatError('malformed', `journal: ${name}: wanted text`);
  });
