// Files that implementations of TUF read differently, each with the one verdict that ours has. Where python-tuf or tuf-js decide
// otherwise, a file that one of them accepts could mean something else here.
import { type JsonValue, jsonObject } from '@countersign/core';
import { type Bend, changedMember, respelled, withMember, withoutMember } from '@countersign/testkit';
import type { Role } from '../attacks/victims/story.ts';

/** `accepted`, or the code of the refusal. */
export type Verdict =
  | 'accepted'
  | 'malformed'
  | 'signature'
  | 'invalid-name'
  | 'too-large'
  | 'mismatch'
  | 'missing'
  | 'unsigned'
  | 'expired';

export interface Differential {
  readonly name: string;
  readonly role: Role;
  readonly verdict: Verdict;
  /** What the rightful keys sign. */
  readonly bend?: Bend;
  /** What somebody on the way writes instead; whoever names the file states no hash. */
  readonly respell?: (file: Uint8Array) => Uint8Array;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const inserted = (before: string, what: string) => (file: Uint8Array) => respelled(file, before, `${what}${before}`);
const signed = (role: Role, name: string, verdict: Verdict, bend: Bend): Differential => ({ role, name, verdict, bend });
const written = (role: Role, name: string, verdict: Verdict, respell: (file: Uint8Array) => Uint8Array): Differential => ({
  role,
  name,
  verdict,
  respell,
});
const at = (path: Parameters<typeof withMember>[0]) => (value: JsonValue) => withMember(path, value);

const version = (role: Role): readonly Differential[] =>
  (
    [
      '"version":2',
      '"version":2.0',
      '"version":2e0',
      '"version":0.2e1',
      '"version":02',
      '"version":+2',
      '"version": 2',
      '"version":2 ',
    ] as const
  ).map((text) =>
    written(role, text, text.replaceAll(' ', '') === '"version":2' ? 'accepted' : 'malformed', (file) =>
      respelled(file, '"version":2', text),
    ),
  );

/** Spelling: what a JSON reader decides before anybody asks what is signed. */
export const SPELLINGS: readonly Differential[] = [
  ...version('releases'),
  written('timestamp', 'a byte order mark', 'malformed', (file) => Uint8Array.of(0xef, 0xbb, 0xbf, ...file)),
  written('timestamp', 'white space around', 'accepted', (file) => Uint8Array.of(0x20, 0x0a, ...file, 0x0d, 0x09, 0x0a)),
  written('timestamp', 'a second document behind', 'malformed', (file) => Uint8Array.of(...file, ...bytes('{}'))),
  written('timestamp', 'a NUL behind', 'malformed', (file) => Uint8Array.of(...file, 0)),
  written('timestamp', 'a trailing comma', 'malformed', (file) => respelled(file, '],"signed"', ',],"signed"')),
  written('timestamp', 'a comment', 'malformed', inserted('"signed"', '/**/')),
  written('timestamp', 'single quotes', 'malformed', (file) => respelled(file, '"signed"', "'signed'")),
  written('timestamp', 'NaN beside', 'malformed', inserted('"signed"', '"x":NaN,')),
  written('timestamp', 'Infinity beside', 'malformed', inserted('"signed"', '"x":-Infinity,')),
  written('timestamp', 'a fraction beside', 'malformed', inserted('"signed"', '"x":0.5,')),
  written('timestamp', 'minus zero beside', 'malformed', inserted('"signed"', '"x":-0,')),
  written('timestamp', '2^53+1 beside', 'malformed', inserted('"signed"', '"x":9007199254740993,')),
  written('timestamp', 'a lone surrogate beside', 'malformed', inserted('"signed"', '"x":"\\ud800",')),
  written('timestamp', 'a lone low surrogate in a name beside', 'malformed', inserted('"signed"', '"\\udc00":1,')),
  written('timestamp', 'a pair of surrogates beside', 'accepted', inserted('"signed"', '"x":"\\ud83d\\ude00",')),
  written('timestamp', 'bytes that are no UTF-8', 'malformed', (file) => {
    const copy = Uint8Array.from(inserted('"signed"', '"x":"?",')(file));
    copy[copy.indexOf(0x3f)] = 0xff;
    return copy;
  }),
  written('timestamp', 'a raw control character beside', 'malformed', inserted('"signed"', '"x":"\u0001",')),
  written('timestamp', 'an unknown escape', 'malformed', inserted('"signed"', '"x":"\\x41",')),
  written('timestamp', 'a duplicate of signed', 'malformed', inserted('"signed"', '"signed":{},')),
  written('timestamp', 'a duplicate of signatures', 'malformed', inserted('"signed"', '"signatures":[],')),
  written('timestamp', 'a duplicate by escape', 'malformed', inserted('"signed"', '"\\u0073igned":{},')),
  written('timestamp', '5,000 arrays in each other', 'too-large', inserted('"signed"', `"x":${'['.repeat(5000)}${']'.repeat(5000)},`)),
  written(
    'timestamp',
    '5,000 objects in each other',
    'too-large',
    inserted('"signed"', `"x":${'{"a":'.repeat(1000)}1${'}'.repeat(1000)},`),
  ),
  written('timestamp', 'a name of __proto__ beside', 'accepted', inserted('"signed"', '"__proto__":{"signed":1},')),
  written('timestamp', 'an escaped letter in what is signed', 'accepted', (file) =>
    respelled(file, '"_type":"timestamp"', '"\\u005ftype":"t\\u0069mestamp"'),
  ),
  written('timestamp', 'an escaped slash in what is signed', 'accepted', (file) => respelled(file, '"_type"', '"_\\u0074ype"')),
  written('timestamp', 'a replacement character for what was signed', 'signature', (file) =>
    respelled(file, '"x-countersign"', '"x-countersig\ufffd"'),
  ),
  written('timestamp', 'members in another order', 'accepted', (file) => {
    const { signed: content, signatures } = JSON.parse(new TextDecoder().decode(file));
    return bytes(JSON.stringify({ signed: Object.fromEntries(Object.entries(content).reverse()), signatures }, undefined, 2));
  }),
];

/** Text inside `signed`: what an encoder decides when it makes the bytes that a signature covers. */
export const TEXTS: readonly Differential[] = [
  signed(
    'releases',
    'member names beyond the basic plane',
    'accepted',
    (tree) => new Map([...tree, ['x-\u{1f600}', 1], ['x-\u{e000}', 2]]),
  ),
  signed('releases', 'text that is not in NFC', 'accepted', at(['x-note'])('e\u0301')),
  signed('releases', 'control characters', 'accepted', at(['x-note'])('\u0000\n\t\u001f\u007f')),
  signed('releases', 'line separators', 'accepted', at(['x-note'])('\u2028\u2029')),
  signed('releases', 'quotes and backslashes', 'accepted', at(['x-note'])('"\\/')),
  signed('releases', 'the largest number', 'accepted', at(['x-note'])(Number.MAX_SAFE_INTEGER)),
  signed('releases', 'the smallest number', 'accepted', at(['x-note'])(Number.MIN_SAFE_INTEGER)),
  signed('releases', 'a member __proto__', 'accepted', (tree) => new Map([...tree, ['__proto__', new Map([['version', 9]])]])),
  signed('releases', 'a member without a name', 'accepted', (tree) => new Map([...tree, ['', 1]])),
];

const expiries: readonly (readonly [string, Verdict])[] = [
  ['2099-01-01T00:00:00Z', 'accepted'],
  ['9999-12-31T23:59:59Z', 'accepted'],
  ['0001-01-01T00:00:00Z', 'expired'],
  ['10000-01-01T00:00:00Z', 'malformed'],
  ['2099-02-30T00:00:00Z', 'malformed'],
  ['2099-01-01T00:00:00+00:00', 'malformed'],
  ['2099-01-01T00:00:00.5Z', 'malformed'],
  ['2099-01-01T00:00Z', 'malformed'],
  ['2099-01-01', 'malformed'],
  ['20990101T000000Z', 'malformed'],
  ['Thu, 01 Jan 2099 00:00:00 GMT', 'malformed'],
];
const specs: readonly (readonly [JsonValue, Verdict])[] = [
  ['1.0', 'accepted'],
  ['1.0.0', 'accepted'],
  ['1.99.0', 'accepted'],
  ['1', 'malformed'],
  ['1.', 'malformed'],
  ['1.0.', 'malformed'],
  ['1.0.0.0', 'malformed'],
  ['01.0.0', 'malformed'],
  ['1.00', 'malformed'],
  ['1.0.0-rc1', 'malformed'],
  ['1.0.0+build', 'malformed'],
  [' 1.0', 'malformed'],
  ['2.0.0', 'malformed'],
  ['0.9.0', 'malformed'],
  ['10.0.0', 'malformed'],
  [1, 'malformed'],
];
const versions: readonly (readonly [JsonValue, Verdict])[] = [
  [0, 'malformed'],
  [-5, 'malformed'],
  [true, 'malformed'],
  ['2', 'malformed'],
  [null, 'malformed'],
];
const entryHashes: readonly (readonly [string, JsonValue, Verdict])[] = [
  ['none', new Map(), 'malformed'],
  ['md5 alone', jsonObject({ md5: 'ab'.repeat(16) }), 'mismatch'],
  ['another name of SHA-256', jsonObject({ 'RSA-SHA256': 'ab'.repeat(32) }), 'mismatch'],
  ['SHA256 in capitals', jsonObject({ SHA256: 'ab'.repeat(32) }), 'mismatch'],
  ['constructor', jsonObject({ constructor: 'ab'.repeat(32) }), 'mismatch'],
];

/** The meaning of what is signed. */
export const MEANINGS: readonly Differential[] = [
  ...expiries.map(([text, verdict]) => signed('timestamp', `expires ${text}`, verdict, at(['expires'])(text))),
  ...specs.map(([value, verdict]) => signed('snapshot', `spec_version ${value}`, verdict, at(['spec_version'])(value))),
  ...versions.flatMap(([value, verdict]) =>
    (['timestamp', 'snapshot', 'targets'] as const).map((role) => signed(role, `version ${value}`, verdict, at(['version'])(value))),
  ),
  ...entryHashes.map(([name, value, verdict]) => signed('releases', `hashes: ${name}`, verdict, at(['targets', 'v1', 'hashes'])(value))),
  signed(
    'releases',
    'hashes: upper case',
    'mismatch',
    changedMember(['targets', 'v1', 'hashes', 'sha256'], (hash) => String(hash).toUpperCase()),
  ),
  signed('releases', 'hashes: an unknown one beside a known one', 'mismatch', at(['targets', 'v1', 'hashes', 'blake3'])('ab'.repeat(32))),
  signed('releases', 'length as text', 'malformed', changedMember(['targets', 'v1', 'length'], String)),
  signed('snapshot', 'a meta entry that does not end in .json', 'malformed', at(['meta', 'releases'])(jsonObject({ version: 1 }))),
  signed('snapshot', 'a meta entry for root', 'accepted', at(['meta', 'root.json'])(jsonObject({ version: 1 }))),
  signed('snapshot', 'a meta entry without a name', 'invalid-name', at(['meta', '.json'])(jsonObject({ version: 1 }))),
  signed('timestamp', 'a second meta entry', 'accepted', at(['meta', 'root.json'])(jsonObject({ version: 1 }))),
  signed('root', 'a threshold of zero', 'malformed', at(['roles', 'targets', 'threshold'])(0)),
  signed('root', 'a threshold as text', 'malformed', at(['roles', 'targets', 'threshold'])('1')),
  signed(
    'root',
    'one key id twice',
    'malformed',
    changedMember(['roles', 'targets', 'keyids'], (ids) => [...(ids as readonly JsonValue[]), ...(ids as readonly JsonValue[])]),
  ),
  signed('root', 'no key ids', 'signature', at(['roles', 'targets', 'keyids'])([])),
  signed('root', 'a role nobody knows', 'accepted', at(['roles', 'mirrors'])(jsonObject({ keyids: [], threshold: 1 }))),
  signed('root', 'no consistent_snapshot', 'missing', withoutMember(['consistent_snapshot'])),
  signed(
    'root',
    'a key of a type nobody knows, which no role needs',
    'accepted',
    at(['keys', 'pq'])(jsonObject({ keytype: 'ml-dsa', scheme: 'ml-dsa-65', keyval: jsonObject({ public: 'x' }) })),
  ),
  signed(
    'root',
    'a key without material, which no role needs',
    'accepted',
    at(['keys', 'x'])(jsonObject({ keytype: 'gpg', scheme: 'gpg', keyval: new Map() })),
  ),
  signed('root', 'a key without keyval', 'malformed', at(['keys', 'x'])(jsonObject({ keytype: 'ed25519', scheme: 'ed25519' }))),
];

const delegation = (path: readonly (string | number)[]) => ['delegations', 'roles', 0, ...path];
const renamed = (name: JsonValue) => at(delegation(['name']))(name);

/** Delegations. */
export const DELEGATIONS: readonly Differential[] = [
  signed('targets', 'paths and path_hash_prefixes', 'malformed', at(delegation(['path_hash_prefixes']))(['ab'])),
  signed('targets', 'neither paths nor path_hash_prefixes', 'malformed', withoutMember(delegation(['paths']))),
  signed('targets', 'no paths', 'unsigned', at(delegation(['paths']))([])),
  signed('targets', 'no terminating', 'malformed', withoutMember(delegation(['terminating']))),
  signed('targets', 'terminating as text', 'malformed', at(delegation(['terminating']))('false')),
  signed('targets', 'a role named root', 'malformed', renamed('root')),
  signed('targets', 'a role named targets', 'malformed', renamed('targets')),
  signed('targets', 'a role without a name', 'invalid-name', renamed('')),
  signed('targets', 'a role name with a control character', 'invalid-name', renamed('a\u0000')),
  signed('targets', 'a role name of 201 bytes', 'invalid-name', renamed('a'.repeat(201))),
  signed('targets', 'a role named ../releases', 'unsigned', renamed('../releases')),
  signed('targets', 'a role named __proto__', 'unsigned', renamed('__proto__')),
  signed('targets', 'a role named Releases', 'unsigned', renamed('Releases')),
  signed(
    'targets',
    'the same role twice',
    'malformed',
    changedMember(['delegations', 'roles'], (roles) => [...(roles as readonly JsonValue[]), ...(roles as readonly JsonValue[])]),
  ),
  signed(
    'targets',
    'succinct roles',
    'malformed',
    at(['delegations', 'succinct_roles'])(jsonObject({ bit_length: 1, name_prefix: 'b', keyids: [], threshold: 1 })),
  ),
  signed('targets', 'delegations without keys', 'malformed', withoutMember(['delegations', 'keys'])),
  signed('targets', 'delegations without roles', 'malformed', withoutMember(['delegations', 'roles'])),
];

// TUF 1.0.34 §4.5: `*` and `?`, neither crossing a slash. Glob libraries know much more.
const globs: readonly (readonly [string, boolean])[] = [
  ['*', true],
  ['v*', true],
  ['v?', true],
  ['?1', true],
  ['v1', true],
  ['v1*', true],
  ['*v*1*', true],
  ['**', true],
  ['???', false],
  ['?', false],
  ['V1', false],
  ['[v]1', false],
  ['v[0-9]', false],
  ['v[!2]', false],
  ['v[^2]', false],
  ['{v1,v2}', false],
  ['+(v1)', false],
  ['!v2', false],
  ['#v1', false],
  ['\\v1', false],
  ['./v1', false],
  ['/v1', false],
  ['v1/', false],
  ['**/v1', false],
  ['', false],
];
export const GLOBS: readonly Differential[] = globs.map(([pattern, matches]) =>
  signed('targets', `the pattern ${pattern}`, matches ? 'accepted' : 'unsigned', at(delegation(['paths']))([pattern])),
);
