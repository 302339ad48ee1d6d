// Every setting of notary-server, by its path, with the kind of its value. What each means here is in docs/reference/notary-config.md,
// which a test compares with this table.

/** `text-or-number`: ports are written both ways. `list` may also be one text with blanks between its items, as variables hold it. */
export type Kind = 'text' | 'text-or-number' | 'seconds' | 'list' | 'flag';

export const KNOWN_SETTINGS = {
  'server.http_addr': 'text',
  'server.tls_key_file': 'text',
  'server.tls_cert_file': 'text',
  'server.client_ca_file': 'text',
  'trust_service.type': 'text',
  'trust_service.hostname': 'text',
  'trust_service.port': 'text-or-number',
  'trust_service.key_algorithm': 'text',
  'trust_service.tls_ca_file': 'text',
  'trust_service.tls_client_cert': 'text',
  'trust_service.tls_client_key': 'text',
  'storage.backend': 'text',
  'storage.db_url': 'text',
  'storage.tls_ca_file': 'text',
  'storage.client_cert_file': 'text',
  'storage.client_key_file': 'text',
  'storage.database': 'text',
  'storage.username': 'text',
  'storage.password': 'text',
  'auth.type': 'text',
  'auth.options.realm': 'text',
  'auth.options.service': 'text',
  'auth.options.issuer': 'text',
  'auth.options.rootcertbundle': 'text',
  'auth.options.autoredirect': 'flag',
  'caching.max_age.current_metadata': 'seconds',
  'caching.max_age.consistent_metadata': 'seconds',
  'repositories.gun_prefixes': 'list',
  'logging.level': 'text',
  'reporting.bugsnag.api_key': 'text',
  'reporting.bugsnag.release_stage': 'text',
  'reporting.bugsnag.endpoint': 'text',
} as const;

export type SettingPath = keyof typeof KNOWN_SETTINGS;

export const isSettingPath = (path: string): path is SettingPath => Object.hasOwn(KNOWN_SETTINGS, path);

export const SETTING_PATHS: readonly SettingPath[] = Object.keys(KNOWN_SETTINGS).filter(isSettingPath);

/** What may stand below a section, or nothing when there is no such section. The file itself is the section ''. */
export function membersOf(section: string): readonly string[] {
  const start = section === '' ? '' : `${section}.`;
  const below = SETTING_PATHS.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length).split('.', 1)[0] ?? '');
  return [...new Set(below)];
}
