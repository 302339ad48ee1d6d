// The rows of docs/reference/profiles.md, and which cases prove each: a case belongs to the first row of its verdict that names it.
import type { Verdict } from '../properties/differentials.ts';
import { CASES, type Case } from './cases.ts';

export interface Row {
  /** As the page has it. */
  readonly what: string;
  readonly verdict: Verdict;
}

const ROWS: readonly (readonly [what: string, verdict: Verdict, cases: RegExp])[] = [
  // JSON
  ['white space between and around members', 'accepted', /white space around|: "version"/],
  ['members in any order', 'accepted', /members in another order/],
  ['escapes of what needs none', 'accepted', /escaped (letter|slash)|pair of surrogates/],
  ['64 levels of objects and arrays', 'accepted', /: 64 levels/],
  ['more than 64 levels', 'too-large', /65 levels|5,000/],
  ['a member twice', 'malformed', /duplicate|version twice/],
  ['a whole number written as a fraction, with an exponent, a sign or leading zeros', 'malformed', /"version":(2\.0|2e0|0\.2e1|02|\+2)$/],
  ['a fraction, minus zero, NaN, Infinity', 'malformed', /a fraction|minus zero|NaN|Infinity|"threshold":1\.5/],
  ['a number beyond 2^53-1', 'malformed', /2\^53\+1|9007199254740993/],
  ['a lone surrogate', 'malformed', /lone/],
  ['bytes that are no UTF-8, a raw control character, an unknown escape', 'malformed', /no UTF-8|raw control|unknown escape/],
  ['a byte order mark', 'malformed', /byte order mark/],
  ['anything behind the document', 'malformed', /behind$|a second document/],
  ['comments, trailing commas, single quotes', 'malformed', /trailing comma|comment|single quotes/],
  // What is signed
  [
    'unknown members of the file, of a signature and of everything in `signed`',
    'accepted',
    /unknown member (of|)(?!changed)|__proto__ beside|a member __proto__|a member without a name/,
  ],
  ['an unknown member that was changed on the way', 'signature', /unknown member changed|replacement character/],
  ['any text: control characters, other planes, not in NFC', 'accepted', /releases: (member names|text that|control|line sep|quotes)/],
  ['whole numbers within 2^53-1', 'accepted', /largest number|smallest number/],
  ['`spec_version` 1.x or 1.x.y', 'accepted', /spec_version/],
  ['any other `spec_version`', 'malformed', /spec_version/],
  ['`version` 0, negative, true, text, null', 'malformed', /: version (0|-5|true|2|null)$/],
  ['`expires` as `YYYY-MM-DDTHH:MM:SSZ`', 'accepted', /: expires \d/],
  ['`expires` in any other spelling, or on a day that does not exist', 'malformed', /: expires /],
  ['`expires` at the start of the refresh or before', 'expired', /expires/],
  ['`_type` of another role; a delegated role of another type than `targets`', 'malformed', /of type/],
  // Signatures and keys
  [
    'a signature by an unknown key, an empty one, or one that is no hex, beside enough good ones',
    'accepted',
    /unknown key id|signature by another|a signature as it was/,
  ],
  ['one key id twice in `signatures`', 'malformed', /same key id twice/],
  ['a signature that is no text', 'malformed', /no text/],
  ['more than 64 signatures', 'too-large', /65 signatures/],
  ['no signature, or fewer than the threshold', 'signature', /no signatures|no key ids|cannot meet/],
  ['hex in upper case, with white space, with anything behind, cut off; base64', 'signature', /^a signature /],
  ['Ed25519, ECDSA on P-256 (both key types), RSA-PSS of 2,048 bits or more', 'accepted', /as itself|older key type|RSA of 2,048/],
  ['a key id that is not the hash of its key', 'accepted', /no hash$/],
  ['an unknown member of a key', 'accepted', /key with an unknown member/],
  ['a key of an unknown type, beside what the threshold needs', 'accepted', /type nobody knows, (which|and another)|without material/],
  ['a key of an unknown type where the threshold needs it', 'signature', /type nobody knows/],
  ['one key under two key ids or in two spellings, as two', 'signature', /^releases held by one key/],
  ['a key of another type, curve or scheme than it says; Ed25519 in upper case', 'signature', /under (the scheme|P-256)|upper-case hex/],
  ['RSA under 2,048 bits; Ed25519 of small order or off the curve', 'signature', /1,024|small order|no point/],
  ['a key without `keyval`', 'malformed', /without keyval/],
  // Root
  ['a role beside the four, such as `mirrors`', 'accepted', /role nobody knows/],
  ['`consistent_snapshot` absent or false', 'accepted', /^consistent_snapshot/],
  ['`consistent_snapshot` absent, and no files without versions in their names', 'missing', /no consistent_snapshot/],
  ['`consistent_snapshot` that is not true or false', 'malformed', /consistent_snapshot as text/],
  ['a threshold of 0, or not a number', 'malformed', /root: a threshold/],
  ['one key id twice in a role', 'malformed', /one key id twice/],
  // Timestamp and snapshot
  ['meta entries of versions alone', 'accepted', /version(s)? alone/],
  ['entries that nobody needs', 'accepted', /meta entry for root|second meta/],
  ['a snapshot without `targets.json`', 'malformed', /no entry for targets/],
  ['a meta entry that does not end in `.json`', 'malformed', /does not end in/],
  ['a meta entry without a name', 'invalid-name', /without a name/],
  ['a delegated role that the snapshot does not list', 'unsigned', /no entry for releases/],
  // Entries
  ['entries with odd names beside the one asked for', 'accepted', /an entry named/],
  ['no hash', 'malformed', /hashes: none|with no hash/],
  [
    'md5 alone, other names of an algorithm, an unknown one beside a known one',
    'mismatch',
    /md5 alone|another name of|in capitals|hashes: constructor|unknown one beside/,
  ],
  ['a hash in upper case', 'mismatch', /hashes: upper case/],
  ['a length that is no number', 'malformed', /length as text/],
  // Delegations
  ['`*` and `?`, neither across `/`', 'accepted', /the pattern/],
  ['every other special character of globs, and case: only itself', 'unsigned', /the pattern/],
  ['`path_hash_prefixes` in lower case', 'accepted', /path_hash_prefixes/],
  ['`path_hash_prefixes` that do not fit, or in upper case', 'unsigned', /path_hash_prefixes/],
  ['no paths; a role that bears another name', 'unsigned', /no paths|a role named/],
  ['`paths` and `path_hash_prefixes`, or neither', 'malformed', /path_hash_prefixes/],
  ['`terminating` absent or not a boolean', 'malformed', /terminating/],
  ['a role named like a top-level one', 'malformed', /a role named/],
  ['a role name that is empty, over 200 bytes, or holds a control character', 'invalid-name', /a role (without a name|name)/],
  ['one role twice', 'malformed', /same role twice/],
  ['`delegations` without `keys` or `roles`', 'malformed', /delegations without/],
  ['hash bins: `succinct_roles` in the place of `roles`', 'accepted', /^succinct_roles/],
  ['`succinct_roles` beside `roles`, of no bits or more than 32, or with a member missing', 'malformed', /succinct/],
];

/** Every row with its cases, in the order of the page. */
export function rowsWithCases(): ReadonlyMap<Row, readonly Case[]> {
  const rows = ROWS.map(([what, verdict, pattern]) => ({ row: { what, verdict }, pattern, cases: [] as Case[] }));
  for (const one of CASES) {
    const home = rows.find(({ row, pattern }) => row.verdict === one.verdict && pattern.test(one.name));
    if (home === undefined) throw new Error(`no row of the profile speaks of ${one.name} (${one.verdict})`);
    home.cases.push(one);
  }
  return new Map(rows.map(({ row, cases }) => [row, cases]));
}
