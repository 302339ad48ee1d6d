// The settings in a notary-server's configuration: the file as strict JSON, its members known one by one, and the variables laid over it.
// What is misspelt is refused by its name. There it was passed over, and a misspelt `auth` left a server open to everybody.
import { FormatError, isJsonArray, isJsonObject, type JsonObject, type JsonValue, readJson } from '@countersign/core';
import { StartError } from '../errors.ts';
import { isSettingPath, type Kind, KNOWN_SETTINGS, membersOf, SETTING_PATHS, type SettingPath } from './known-settings.ts';

export interface Setting {
  readonly value: string | number | boolean | readonly string[];
  /** Where it was written, for messages: the file and the path in it, or a variable and the path. */
  readonly at: string;
  readonly from: 'file' | 'variable';
}

export type Settings = ReadonlyMap<SettingPath, Setting>;
export type Variables = Readonly<Record<string, string | undefined>>;

/** Throws StartError `invalid-config`, naming file and path. */
export function readSettings(bytes: Uint8Array, file: string, variables: Variables): Settings {
  const settings = new Map<SettingPath, Setting>();
  readSection(parsed(bytes, file), '', '', file, settings);
  for (const path of SETTING_PATHS) {
    const name = variableOf(path);
    const text = variables[name];
    // There, too, an empty variable is none.
    if (text === undefined || text === '') continue;
    const at = `${name} (${path})`;
    settings.set(path, { value: ofKind(KNOWN_SETTINGS[path], text, at), at, from: 'variable' });
  }
  return settings;
}

export const PREFIX = 'NOTARY_SERVER_';

/** `NOTARY_SERVER_SERVER_HTTP_ADDR` for `server.http_addr`. */
export const variableOf = (path: SettingPath): string => `${PREFIX}${path.toUpperCase().replaceAll('.', '_')}`;

const DEEPEST = 8;

function parsed(bytes: Uint8Array, file: string): JsonObject {
  try {
    const { value } = readJson(bytes, { maxDepth: DEEPEST });
    if (isJsonObject(value)) return value;
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new StartError('invalid-config', `${file}: wanted JSON: ${cause.message}`, { cause });
  }
  throw new StartError('invalid-config', `${file}: wanted a JSON object`);
}

/**
 * Members are known in upper case too, as there; their values keep the case they have. `path` is in lower case, `written` as it stands
 * in the file.
 */
function readSection(section: JsonObject, path: string, written: string, file: string, settings: Map<SettingPath, Setting>): void {
  const seen = new Set<string>();
  for (const [name, value] of section) {
    const lower = name.toLowerCase();
    const below = path === '' ? lower : `${path}.${lower}`;
    const writtenBelow = written === '' ? name : `${written}.${name}`;
    const at = `${file}: ${writtenBelow}`;
    if (seen.has(lower)) throw new StartError('invalid-config', `${at}: stands there twice`);
    seen.add(lower);
    if (isSettingPath(below)) settings.set(below, { value: ofKind(KNOWN_SETTINGS[below], value, at), at, from: 'file' });
    else if (membersOf(below).length === 0) throw unknownSetting(at, path);
    // An empty `auth` would be one that somebody meant to fill.
    else if (!isJsonObject(value) || value.size === 0) throw wrong(at, 'a JSON object with settings in it, or nothing');
    else readSection(value, below, writtenBelow, file, settings);
  }
}

function unknownSetting(at: string, section: string): StartError {
  const text = `${at.slice(0, 200)}: notary-server has no such setting; wanted one of ${membersOf(section).join(', ')}`;
  return new StartError('invalid-config', text);
}

const wrong = (at: string, wanted: string): StartError => new StartError('invalid-config', `${at}: wanted ${wanted}`);

/** A value from the file, or the text of a variable, as the kind that its setting wants. */
function ofKind(kind: Kind, value: JsonValue, at: string): Setting['value'] {
  if (kind === 'seconds') {
    const seconds = typeof value === 'string' && /^[0-9]{1,9}$/.test(value) ? Number(value) : value;
    if (typeof seconds === 'number') return seconds;
    throw wrong(at, 'a number of seconds');
  }
  if (kind === 'flag') {
    const flag = value === 'true' ? true : value === 'false' ? false : value;
    if (typeof flag === 'boolean') return flag;
    throw wrong(at, 'true or false');
  }
  if (kind === 'list') {
    const items = typeof value === 'string' ? value.split(/\s+/).filter((item) => item !== '') : value;
    if (isJsonArray(items) && items.every((item) => typeof item === 'string')) return items;
    throw wrong(at, 'a list of texts');
  }
  if (kind === 'text-or-number' && typeof value === 'number') return value;
  // There, an empty text counts as none: an empty path of a certificate turned TLS off without a word.
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(at, 'text, and no empty one: leave the setting out to be without it');
}
