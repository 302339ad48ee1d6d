// What an operator is told of settings that mean nothing here, or something else than there: one line each, which names the setting,
// says what stands in its place, and what to do.
import { dirname, isAbsolute, resolve } from 'node:path';
import { SETTING_PATHS, type SettingPath } from './known-settings.ts';
import { PREFIX, type Settings, type Variables, variableOf } from './read-settings.ts';

export interface Notice {
  /** The path of the setting, or of the section; for a variable that is no setting, its name. */
  readonly setting: string;
  readonly text: string;
}

export function noticesOf(settings: Settings, file: string, variables: Variables): readonly Notice[] {
  return [
    ...storage(settings),
    ...trustService(settings),
    ...bundle(settings, file),
    ...overlaid(settings),
    ...reporting(settings),
    ...strangers(variables),
  ];
}

/** Those of a section that were given, by their own names, so that each is named in a notice of the whole. */
const given = (settings: Settings, section: string, ...except: readonly SettingPath[]): readonly string[] =>
  [...settings.keys()]
    .filter((path) => path.startsWith(`${section}.`) && !except.includes(path))
    .map((path) => path.slice(section.length + 1));

const unused = (names: readonly string[]): string => (names.length === 0 ? '' : `; not used: ${names.join(', ')}`);

function storage(settings: Settings): readonly Notice[] {
  const backend = settings.get('storage.backend')?.value;
  const rest = given(settings, 'storage', 'storage.backend');
  if (backend === undefined && rest.length === 0) return [];
  const place = 'metadata is kept in the data folder, which --data names';
  if (backend === 'memory') return [{ setting: 'storage.backend', text: `${place}, and is still there after a restart${unused(rest)}` }];
  const text = `${place}; ${backend ?? 'a database'} is not asked: bring over what it holds with countersign import notary${unused(rest)}`;
  return [{ setting: 'storage.backend', text }];
}

function trustService(settings: Settings): readonly Notice[] {
  const type = settings.get('trust_service.type')?.value;
  const rest = given(settings, 'trust_service', 'trust_service.type');
  if (type === undefined && rest.length === 0) return [];
  const keys = 'timestamp and snapshot keys are derived from master.key in the data folder';
  if (type === 'local') return [{ setting: 'trust_service.type', text: `${keys}, and are the same after a restart${unused(rest)}` }];
  const text = `${keys}; notary-signer is not asked: its keys are replaced in the first publish that an owner signs after the import${unused(rest)}`;
  return [{ setting: 'trust_service.type', text }];
}

/** There it is opened as it stands, so a relative path starts wherever the process was started. */
function bundle(settings: Settings, file: string): readonly Notice[] {
  const path = settings.get('auth.options.rootcertbundle')?.value;
  if (typeof path !== 'string' || isAbsolute(path)) return [];
  return [{ setting: 'auth.options.rootcertbundle', text: `read from ${resolve(dirname(file), path)}, beside the configuration file` }];
}

/** There, variables do not reach into auth.options: one that was always without effect would now decide who is believed. */
function overlaid(settings: Settings): readonly Notice[] {
  return SETTING_PATHS.filter((path) => path.startsWith('auth.options.') && settings.get(path)?.from === 'variable').map((path) => ({
    setting: path,
    text: `taken from ${variableOf(path)}, which notary-server does not read`,
  }));
}

function reporting(settings: Settings): readonly Notice[] {
  const names = given(settings, 'reporting');
  if (names.length === 0) return [];
  return [{ setting: 'reporting', text: `nothing is reported to Bugsnag: failures stand in the log on standard error${unused(names)}` }];
}

/** Kubernetes sets NOTARY_SERVER_PORT and NOTARY_SERVER_SERVICE_… for a service called notary-server; nobody meant those. */
const OF_KUBERNETES = /^NOTARY_SERVER_(?:SERVICE|PORT)(?:_.*)?$/;

function strangers(variables: Variables): readonly Notice[] {
  const known = new Set(SETTING_PATHS.map(variableOf));
  const names = Object.keys(variables).filter((name) => name.startsWith(PREFIX) && !known.has(name) && !OF_KUBERNETES.test(name));
  return names.sort().map((name) => ({ setting: name, text: 'this variable names no setting of notary-server' }));
}
