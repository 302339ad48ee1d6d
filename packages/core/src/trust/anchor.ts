// Where trust starts: what this machine was told to believe about a repository before the first byte arrived.
import { encodeHex } from '../bytes/hex.ts';
import type { Cryptography } from '../crypto/port.ts';
import { FormatError, TrustError } from '../errors.ts';
import type { Env, RootAsked } from '../formats/dialect.ts';
import type { Parsed } from '../model/metadata.ts';
import type { Digest, Fingerprint, Gun, Instant, Version } from '../names/brand.ts';
import { parseDigest } from '../names/digest.ts';
import { parseVersion } from '../names/version.ts';
import type { Verified } from '../verify/verify-signed.ts';

/** A pin: SHA-256 of the canonical `signed` of one root version. Signatures lie outside, so adding one changes no pin. */
export interface RootPin {
  readonly by: 'digest';
  readonly digest: Digest;
  readonly version: Version;
}

/** A pin for many repositories at once: keys that must have signed the first root. Valid only for roots that name the GUN. */
export interface KeyPin {
  readonly by: 'keys';
  readonly fingerprints: readonly Fingerprint[];
  readonly threshold: number;
}

/** Rollback memory that travels with a pin, `root>=7 snapshot>=42`, for machines that keep no state. */
export interface Minimum {
  readonly root?: Version;
  readonly snapshot?: Version;
}

/** What to believe about `gun`. Without a pin, `unsafe-first-use` takes whatever root the server shows first. */
export interface Anchor {
  readonly gun: Gun;
  readonly pins: readonly (RootPin | KeyPin)[];
  readonly minimum: Minimum;
  readonly otherwise: 'refuse' | 'unsafe-first-use';
  /** Whether metadata must be bound to its repository. */
  readonly binding: 'required' | 'optional';
  /** Whether a root whose name ends in `*` may speak for every repository that begins like it. Absent, it may not. */
  readonly wildcards?: 'allow';
}

/** What a dialect is asked about a root of this repository. `now` is undefined for a step to a newer one. */
export const askedOf = ({ gun, wildcards }: Anchor, now: Instant | undefined): RootAsked => ({
  gun,
  now,
  wildcards: wildcards ?? 'refuse',
});

/** Reads `sha256:HEX` or `sha256:HEX@N`, optionally followed by ` root>=N` and ` snapshot>=N`. */
export function parsePin(text: string): { readonly pin: RootPin; readonly minimum: Minimum } {
  const [first = '', ...floors] = text.trim().split(/\s+/);
  const [digest = '', version, ...rest] = first.split('@');
  if (rest.length > 0) throw new FormatError('malformed', `pin: wanted sha256:HEX@N, got ${first.slice(0, 80)}`);
  const pin: RootPin = { by: 'digest', digest: parseDigest(digest), version: wholeNumber(version ?? '1', 'pin version') };
  let minimum: Minimum = {};
  for (const floor of floors) {
    const match = /^(root|snapshot)>=([0-9]+)$/.exec(floor);
    if (match === null) throw new FormatError('malformed', `pin: wanted root>=N or snapshot>=N, got ${floor.slice(0, 40)}`);
    minimum = { ...minimum, [match[1] === 'root' ? 'root' : 'snapshot']: wholeNumber(match[2] ?? '', floor) };
  }
  return { pin, minimum };
}

const wholeNumber = (text: string, where: string): Version => {
  if (!/^[1-9][0-9]{0,15}$/.test(text))
    throw new FormatError('malformed', `${where}: wanted a whole number from 1, got ${text.slice(0, 20)}`);
  return parseVersion(Number(text), where);
};

/** A pin as text: what a floor remembers it was reached under. */
export function pinText(pin: RootPin | KeyPin): string {
  return pin.by === 'digest' ? formatPin(pin) : `keys:${pin.threshold}:${[...pin.fingerprints].sort().join(',')}`;
}

export const formatPin = (pin: RootPin): string => `${pin.digest}@${pin.version}`;

export function pinOf(root: Parsed<'root'>, crypto: Cryptography): RootPin {
  const digest = parseDigest(`sha256:${encodeHex(crypto.digest('sha256', root.signedBytes))}`);
  return { by: 'digest', digest, version: root.content.version };
}

/** Throws TrustError('untrusted-root') unless this root is the one the pin names, where it speaks of this version. */
export function holdToPin(root: Parsed<'root'>, pin: RootPin, crypto: Cryptography): void {
  if (root.content.version !== pin.version) return;
  const got = pinOf(root, crypto);
  if (got.digest !== pin.digest) {
    throw new TrustError('untrusted-root', `root v${pin.version} is ${got.digest}, pinned is ${pin.digest}`, {
      details: { wanted: formatPin(pin), got: formatPin(got) },
    });
  }
}

/**
 * Throws TrustError('untrusted-root') unless a threshold of the pinned keys signed this root for the repository that is asked for: a key
 * that is certified for another one (Notary) signed it for that one, whoever else stands in the same root.
 */
export function holdToKeys(root: Verified<'root'>, pin: KeyPin, gun: Gun, { dialect }: Pick<Env, 'dialect'>): void {
  const pinned = root.signers.filter((signer) => pin.fingerprints.includes(signer));
  // Comparisons are written so that a number which is none refuses.
  if (!(pin.threshold >= 1 && pinned.length >= pin.threshold)) {
    throw new TrustError('untrusted-root', `root v${root.content.version} is signed by ${pinned.length} of ${pin.threshold} pinned keys`);
  }
  // One key may sign many repositories: without the name, any of them could stand in for this one.
  if (dialect.rootNames(root)?.includes(gun) !== true) {
    throw new TrustError('wrong-repository', `root v${root.content.version} does not name ${gun}, and is pinned by keys alone`);
  }
}
