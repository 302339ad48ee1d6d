// The policy file: which names are verified, and what they must be pinned to. Rules in order, first match wins, no match refuses.
import {
  excerpt,
  FormatError,
  type Gun,
  type JsonObject,
  type KeyPin,
  type Limits,
  type Minimum,
  memberArray,
  memberInteger,
  memberString,
  optionalMemberString,
  parseFingerprint,
  parsePin,
  type RootPin,
  TrustError,
} from '@countersign/core';
import { type Glob, matchesGlob, parseGlob } from './glob.ts';
import { highest } from './minimum.ts';
import type { DialectName } from './repository-folder.ts';
import { asObject, readSchemaOne, refuseUnknown, stringsAt } from './strict-members.ts';

/** A pin and its minimums, as `sha256:HEX@N root>=7 snapshot>=42` states them. */
export interface Pinned {
  readonly pin: RootPin;
  readonly minimum: Minimum;
}

interface Match {
  /** As written in the file. */
  readonly match: string;
  readonly glob: Glob;
}

export interface RefuseRule extends Match {
  readonly action: 'refuse';
}

export interface VerifyRule extends Match {
  readonly action: 'verify';
  /** All of them must hold. */
  readonly pins: readonly (RootPin | KeyPin)[];
  readonly minimum: Minimum;
  readonly binding: 'required' | 'optional';
  readonly server: URL | undefined;
  /** The format of these repositories, where the rule says so. */
  readonly dialect: DialectName | undefined;
  /** Whether a Notary root whose certificate names `prefix*` may speak for what begins like that. */
  readonly wildcards: 'allow' | undefined;
}

export type PolicyRule = RefuseRule | VerifyRule;

export interface Policy {
  readonly rules: readonly PolicyRule[];
}

/**
 * Reads policy.json: `{"schema": 1, "rules": [{"match", "action", "pins", "keys", "threshold", "binding", "server", "dialect",
 * "wildcards"}, …]}`. `match` is a pattern over names, `*` within a segment and `**` for any number of them; `action` is `verify` or `refuse`; `pins` lists
 * `sha256:HEX@N root>=N snapshot>=N`; `keys` lists fingerprints of root keys, of which `threshold` must have signed; `binding` is
 * `required` unless `optional` is written; `dialect` is `tuf` or `notary`; `wildcards` is `allow` or absent. Unknown members are refused. Throws FormatError.
 */
export function parsePolicy(file: Uint8Array, limits: Pick<Limits, 'jsonDepth'>): Policy {
  const object = readSchemaOne(file, 'policy', limits);
  refuseUnknown(object, ['schema', 'rules'], 'policy');
  return {
    rules: memberArray(object, 'rules', 'policy').map((rule, index) => readRule(asObject(rule, `rules.${index}`), `rules.${index}`)),
  };
}

export const matchesRule = ({ glob }: PolicyRule, name: string): boolean => matchesGlob(glob, name);

/** The first rule that speaks of `gun`. Throws TrustError('policy') when there is none, or when it refuses. */
export function policyRule(policy: Policy, gun: Gun): VerifyRule {
  const rule = policy.rules.find((one) => matchesRule(one, gun));
  if (rule === undefined) throw new TrustError('policy', `no policy rule speaks of ${gun}`);
  if (rule.action === 'refuse') throw new TrustError('policy', `the policy rule ${rule.match} refuses ${gun}`);
  return rule;
}

function readRule(object: JsonObject, where: string): PolicyRule {
  const match = memberString(object, 'match', where);
  const glob = parseGlob(match, `${where}.match`);
  const action = memberString(object, 'action', where);
  if (action === 'refuse') {
    // A pin on a rule that refuses would look like a condition and be none.
    refuseUnknown(object, ['match', 'action'], where);
    return { match, glob, action };
  }
  if (action !== 'verify') throw new FormatError('malformed', `${where}.action: wanted verify or refuse, got ${excerpt(action)}`);
  refuseUnknown(object, ['match', 'action', 'pins', 'keys', 'threshold', 'binding', 'server', 'dialect', 'wildcards'], where);
  const pinned = (stringsAt(object, 'pins', where) ?? []).map((text) => parsePin(text));
  const keys = readKeyPin(object, where);
  const minimum = pinned.reduce<Minimum>((sum, next) => highest(sum, next.minimum), {});
  return {
    match,
    glob,
    action,
    pins: [...pinned.map(({ pin }) => pin), ...(keys === undefined ? [] : [keys])],
    minimum,
    binding: readBinding(object, where),
    server: readServer(object, where),
    dialect: readDialect(object, where),
    wildcards: readWildcards(object, where),
  };
}

function readKeyPin(object: JsonObject, where: string): KeyPin | undefined {
  const keys = stringsAt(object, 'keys', where);
  if (keys === undefined) {
    if (object.has('threshold')) throw new FormatError('malformed', `${where}.threshold: wanted keys beside it`);
    return undefined;
  }
  const fingerprints = [...new Set(keys.map((key) => parseFingerprint(key)))];
  const threshold = memberInteger(object, 'threshold', where);
  if (threshold < 1 || threshold > fingerprints.length) {
    throw new FormatError('malformed', `${where}.threshold: wanted 1 to ${fingerprints.length}, got ${threshold}`);
  }
  return { by: 'keys', fingerprints, threshold };
}

function readBinding(object: JsonObject, where: string): 'required' | 'optional' {
  const binding = optionalMemberString(object, 'binding', where) ?? 'required';
  if (binding === 'required' || binding === 'optional') return binding;
  throw new FormatError('malformed', `${where}.binding: wanted required or optional, got ${excerpt(binding)}`);
}

function readDialect(object: JsonObject, where: string): DialectName | undefined {
  const dialect = optionalMemberString(object, 'dialect', where);
  if (dialect === undefined || dialect === 'tuf' || dialect === 'notary') return dialect;
  throw new FormatError('malformed', `${where}.dialect: wanted tuf or notary, got ${excerpt(dialect)}`);
}

function readWildcards(object: JsonObject, where: string): 'allow' | undefined {
  const wildcards = optionalMemberString(object, 'wildcards', where);
  if (wildcards === undefined || wildcards === 'allow') return wildcards;
  throw new FormatError('malformed', `${where}.wildcards: wanted allow, got ${excerpt(wildcards)}`);
}

function readServer(object: JsonObject, where: string): URL | undefined {
  const text = optionalMemberString(object, 'server', where);
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['https:', 'http:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    throw new FormatError('malformed', `${where}.server: wanted an http or https URL without a user, got ${excerpt(text)}`);
  }
  return url;
}
