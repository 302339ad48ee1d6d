// What of the Notary protocol an operator decides, whichever file it was written in. Read-only from the start on.
import { z } from 'zod';

export interface NotarySettings {
  /** What names of repositories begin with, each with `/` at its end; none at all takes every name. */
  readonly gunPrefixes: readonly string[];
  /** Seconds for which caches may keep metadata: the newest of a role, and one by version or hash. 0 forbids it. */
  readonly maxAges: { readonly current: number; readonly consistent: number };
  /** Who issues tokens; undefined where nobody does. */
  readonly auth: TokenSettings | undefined;
}

/** Docker's token authentication. */
export interface TokenSettings {
  /** URL at which clients ask for a token. */
  readonly realm: string;
  /** `aud` of tokens for this server. */
  readonly service: string;
  /** `iss` of tokens. */
  readonly issuer: string;
  /** PEM file with the certificates of the issuer, or of authorities of its own. */
  readonly rootCertBundle: string;
}

export const LONGEST_MAX_AGE = 31_536_000;

const age = z.int().min(0).max(LONGEST_MAX_AGE);
const text = z.string().min(1);

/** `notary` in a configuration of ours. */
export const NOTARY_SHAPE: z.ZodType<NotarySettings> = z
  .strictObject({
    gunPrefixes: z.array(z.string().refine(isGunPrefix, 'wanted a clean path that ends in /, like registry.example.com/')).default([]),
    maxAges: z.strictObject({ current: age.default(300), consistent: age.default(2_592_000) }).prefault({}),
    auth: z.strictObject({ realm: text, service: text, issuer: text, rootCertBundle: text }).optional(),
  })
  .prefault({})
  .transform(({ auth, ...rest }) => ({ ...rest, auth }));

/**
 * Whether a prefix means what it says: with `/` at its end, or `team` would let `team-of-others/app` in; without `.`, `..` and empty
 * segments, which names have in no other spelling.
 */
export function isGunPrefix(prefix: string): boolean {
  if (!prefix.endsWith('/') || prefix.trim() !== prefix) return false;
  return prefix
    .slice(0, -1)
    .split('/')
    .every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

/** Whether this server keeps repositories of this name. */
export const keepsGun = ({ gunPrefixes }: NotarySettings, gun: string): boolean =>
  gunPrefixes.length === 0 || gunPrefixes.some((prefix) => gun.startsWith(prefix));
