// What each setting of a notary-server means here: an option of this server, or nothing, and then the operator is told so. Nothing that
// an operator relied on may be lost in silence.
import { dirname, resolve } from 'node:path';
import { readListenAddress } from '../address.ts';
import { StartError } from '../errors.ts';
import type { SettingPath } from './known-settings.ts';
import { type Notice, noticesOf } from './notices.ts';
import type { Setting, Settings, Variables } from './read-settings.ts';
import { isGunPrefix, LONGEST_MAX_AGE, type NotarySettings } from './settings.ts';

export interface NotaryConfig {
  /** What it says, in the words of `parseServerConfig`: members of its plain object. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What is logged; undefined where it does not say. */
  readonly log: 'error' | 'warn' | 'info' | 'debug' | undefined;
  /** What has no meaning here, or another one, in the order in which people should read it. */
  readonly notices: readonly Notice[];
}

/** `file` is where relative paths start. Throws StartError `invalid-config`, naming the setting. */
export function translateSettings(settings: Settings, file: string, variables: Variables): NotaryConfig {
  checkIgnored(settings);
  const log = logLevel(settings.get('logging.level'));
  const said = { listen: listen(settings.get('server.http_addr')), ...tls(settings, file), notary: notary(settings, file) };
  return {
    settings: Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    log,
    notices: noticesOf(settings, file, variables),
  };
}

const wrong = ({ at }: Setting, wanted: string): StartError => new StartError('invalid-config', `${at}: wanted ${wanted}`);

/** For settings that hold no secret. */
const wrongValue = (setting: Setting, wanted: string): StartError =>
  wrong(setting, `${wanted}, got ${JSON.stringify(setting.value).slice(0, 80)}`);

function listen(setting: Setting | undefined): string | undefined {
  if (setting === undefined) return undefined;
  // Without a host, Go listens at every address of the machine, of both families.
  const text = `${setting.value}`.replace(/^:/, '[::]:');
  if (readListenAddress(text) === undefined) throw wrongValue(setting, 'an address and port in digits like :4443 or 127.0.0.1:4443');
  return text;
}

function tls(settings: Settings, file: string) {
  const [cert, key, ca] = [
    settings.get('server.tls_cert_file'),
    settings.get('server.tls_key_file'),
    settings.get('server.client_ca_file'),
  ];
  const some = cert ?? key ?? ca;
  if (some !== undefined && (cert === undefined || key === undefined))
    throw wrong(some, 'server.tls_cert_file and server.tls_key_file together, or none of them');
  const path = (setting: Setting | undefined): string | undefined => setting && resolve(dirname(file), `${setting.value}`);
  return { tlsCert: path(cert), tlsKey: path(key), tlsClientCa: path(ca) };
}

function notary(settings: Settings, file: string): NotarySettings {
  const age = (path: SettingPath, usual: number): number => {
    const setting = settings.get(path);
    if (setting === undefined) return usual;
    const seconds = Number(setting.value);
    if (seconds < 0 || seconds > LONGEST_MAX_AGE) throw wrongValue(setting, `0 to ${LONGEST_MAX_AGE} seconds`);
    return seconds;
  };
  return {
    gunPrefixes: prefixes(settings.get('repositories.gun_prefixes')),
    maxAges: { current: age('caching.max_age.current_metadata', 300), consistent: age('caching.max_age.consistent_metadata', 2_592_000) },
    auth: auth(settings, file),
  };
}

function prefixes(setting: Setting | undefined): readonly string[] {
  if (setting === undefined || !Array.isArray(setting.value)) return [];
  const list: readonly string[] = setting.value;
  const bad = list.find((prefix) => !isGunPrefix(prefix));
  if (bad !== undefined)
    throw wrong(setting, `clean paths that end in /, like registry.example.com/, got ${JSON.stringify(bad).slice(0, 80)}`);
  return list;
}

/** There, every other type than `token` left the server open to everybody. */
function auth(settings: Settings, file: string): NotarySettings['auth'] {
  const type = settings.get('auth.type');
  const option = (name: 'realm' | 'service' | 'issuer' | 'rootcertbundle'): string => {
    const setting = settings.get(`auth.options.${name}`);
    if (setting === undefined) throw new StartError('invalid-config', `${type?.at}: token wants auth.options.${name} beside it`);
    return `${setting.value}`;
  };
  if (type === undefined) {
    const [, orphan] = [...settings].find(([path]) => path.startsWith('auth.')) ?? [];
    if (orphan !== undefined) throw wrong(orphan, 'auth.type beside it: token');
    return undefined;
  }
  if (type.value !== 'token') throw wrongValue(type, 'token, or, without authentication, no auth at all');
  const redirect = settings.get('auth.options.autoredirect');
  if (redirect?.value === true) throw wrong(redirect, 'false: the realm must not follow from what a request says of its host');
  return {
    realm: option('realm'),
    service: option('service'),
    issuer: option('issuer'),
    rootCertBundle: resolve(dirname(file), option('rootcertbundle')),
  };
}

const LEVELS: Readonly<Record<string, NotaryConfig['log']>> = {
  panic: 'error',
  fatal: 'error',
  error: 'error',
  warn: 'warn',
  warning: 'warn',
  info: 'info',
  debug: 'debug',
  trace: 'debug',
};

function logLevel(setting: Setting | undefined): NotaryConfig['log'] {
  if (setting === undefined) return undefined;
  const level = `${setting.value}`.toLowerCase();
  if (!Object.hasOwn(LEVELS, level)) throw wrongValue(setting, `one of ${Object.keys(LEVELS).join(', ')}`);
  return LEVELS[level];
}

/** What means nothing here must still be what it could be there: somebody who misspelt it meant something else. */
function checkIgnored(settings: Settings): void {
  const oneOf = (path: SettingPath, allowed: readonly string[]): void => {
    const setting = settings.get(path);
    if (setting !== undefined && !allowed.includes(`${setting.value}`)) throw wrongValue(setting, `one of ${allowed.join(', ')}`);
  };
  oneOf('trust_service.type', ['local', 'remote']);
  oneOf('trust_service.key_algorithm', ['ecdsa', 'rsa', 'ed25519']);
  oneOf('storage.backend', ['memory', 'mysql', 'postgres', 'rethinkdb', 'sqlite3']);
}
