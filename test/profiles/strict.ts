// The writing profile as rules: what of a file some client in the field would not read as we do. Written for tests, and on purpose
// without the reader whose files it judges.

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What speaks against a file; empty when every known client reads it alike. */
export function objectionsTo(file: Uint8Array): readonly string[] {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file);
  const value = JSON.parse(text) as Json;
  // Two members of one name, `1.0`, white space and needless escapes do not come back like this.
  const again = JSON.stringify(value) === text ? [] : ['it is not written in the shortest way'];
  const signed = memberOf(value, 'signed');
  return [...again, ...objectionsToTree(value, 1), ...objectionsToHeader(signed), ...objectionsToNames(signed)];
}

function objectionsToTree(value: Json, depth: number): readonly string[] {
  if (depth > 64) return ['it is deeper than 64 levels'];
  if (value === null) return ['it holds null'];
  if (typeof value === 'number') return Number.isSafeInteger(value) ? [] : [`it holds the number ${value}`];
  if (typeof value === 'string') return objectionsToText(value);
  if (typeof value === 'boolean') return [];
  if (Array.isArray(value)) return value.flatMap((item) => objectionsToTree(item, depth + 1));
  return Object.entries(value).flatMap(([name, item]) => [
    ...(/[\ue000-\uffff]|[\ud800-\udfff]/.test(name) ? [`the member ${name} sorts differently elsewhere`] : []),
    ...objectionsToText(name),
    ...objectionsToTree(item, depth + 1),
  ]);
}

function objectionsToText(text: string): readonly string[] {
  const control = [...text].some((char) => char < ' ' && !(char === '\n' && text.startsWith('-----BEGIN PUBLIC KEY-----')));
  return [
    ...(control ? ['it holds a control character'] : []),
    ...(text.normalize('NFC') === text ? [] : ['it holds text that is not in NFC']),
    ...(/\p{Surrogate}/u.test(text) ? ['it holds a lone surrogate'] : []),
  ];
}

function objectionsToHeader(signed: Json | undefined): readonly string[] {
  const [spec, expires, version] = ['spec_version', 'expires', 'version'].map((name) => memberOf(signed, name));
  return [
    ...(/^1\.\d+\.\d+$/.test(String(spec)) ? [] : [`spec_version is ${spec}`]),
    ...(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(String(expires)) && !Number.isNaN(Date.parse(String(expires))) ? [] : ['expires']),
    ...(typeof version === 'number' && version >= 1 ? [] : ['version']),
  ];
}

function objectionsToNames(signed: Json | undefined): readonly string[] {
  const delegations = memberOf(signed, 'delegations');
  const named = listOf(memberOf(delegations, 'roles'));
  const roles = [...named, ...Object.values(objectOf(memberOf(signed, 'roles')))];
  return [
    ...Object.keys(objectOf(memberOf(signed, 'targets'))).filter(
      (path) => !/^[^\\/]+(\/[^\\/]+)*$/.test(path) || /(^|\/)\.\.?(\/|$)/.test(path),
    ),
    ...named.flatMap(objectionsToDelegation),
    ...roles.flatMap(objectionsToRole),
    ...hashesIn(signed).flatMap(([name, hash]) =>
      /^(?:[0-9a-f]{64}|[0-9a-f]{128})$/.test(hash) && /^sha(256|512)$/.test(name) ? [] : [`hash ${name}`],
    ),
    ...(memberOf(signed, '_type') === 'timestamp' && Object.keys(objectOf(memberOf(signed, 'meta'))).join() !== 'snapshot.json'
      ? ['meta']
      : []),
  ];
}

function objectionsToDelegation(role: Json): readonly string[] {
  const paths = listOf(memberOf(role, 'paths')).map(String);
  return [
    ...(/^[a-z0-9][a-z0-9_-]{0,63}$/.test(String(memberOf(role, 'name'))) ? [] : ['the name of a role']),
    ...(typeof memberOf(role, 'terminating') === 'boolean' ? [] : ['terminating']),
    ...(memberOf(role, 'path_hash_prefixes') === undefined && paths.length > 0 ? [] : ['paths']),
    ...paths.filter((path) => /[[\]{}!#\\()]/.test(path)).map((path) => `the pattern ${path}`),
  ];
}

function objectionsToRole(role: Json): readonly string[] {
  const [keyids, threshold] = [listOf(memberOf(role, 'keyids')), memberOf(role, 'threshold')];
  return typeof threshold === 'number' && threshold >= 1 && new Set(keyids).size === keyids.length && keyids.length >= threshold
    ? []
    : ['threshold'];
}

const objectOf = (value: Json | undefined): Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, Json>>) : {};
const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
const memberOf = (value: Json | undefined, name: string): Json | undefined =>
  Object.hasOwn(objectOf(value), name) ? objectOf(value)[name] : undefined;

function hashesIn(signed: Json | undefined): readonly (readonly [string, string])[] {
  const holders = [...Object.values(objectOf(memberOf(signed, 'targets'))), ...Object.values(objectOf(memberOf(signed, 'meta')))];
  return holders.flatMap((holder) =>
    Object.entries(objectOf(memberOf(holder, 'hashes'))).map(([name, hash]) => [name, String(hash)] as const),
  );
}
