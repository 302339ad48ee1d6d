// From an anchor to the newest root (TUF 1.0.34 §5.2, §5.3).
import { TrustError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import type { Parsed } from '../model/metadata.ts';
import { roleOf } from '../model/role-of.ts';
import { ROOT } from '../model/top-level.ts';
import type { Version } from '../names/brand.ts';
import { formatInstant } from '../names/instant.ts';
import { type Verified, verifySigned } from '../verify/verify-signed.ts';
import { type Anchor, askedOf, formatPin, holdToKeys, holdToPin, pinOf } from './anchor.ts';
import { checkName, checkSameLine, checkSameRepository } from './binding.ts';
import { carryOver, type Floor } from './floor.ts';
import type { RootReached, RootTrusted } from './stages.ts';

/**
 * The first root of a machine without memory: self-signed, of the version that was asked for, and held to every pin. A pin
 * speaks of one version only: a root of another version in its place would pass unpinned.
 */
export function trustFirstRoot(anchor: Anchor, floor: Floor | undefined, version: Version, file: Uint8Array, env: Env): RootReached {
  if (anchor.pins.length === 0 && anchor.otherwise !== 'unsafe-first-use') {
    throw new TrustError('untrusted-root', `${anchor.gun} has no pinned root`);
  }
  const parsed = env.dialect.parse('root', ROOT, file, env);
  if (parsed.content.version !== version) {
    throw new TrustError('untrusted-root', `root v${parsed.content.version} was served where v${version} was asked for`);
  }
  const root = verifySigned(parsed, env.dialect.rootSigners(parsed, askedOf(anchor, undefined)), parsed.content.keys, env);
  for (const pin of anchor.pins) if (pin.by === 'keys') holdToKeys(root, pin, anchor.gun, env);
  const ahead = floor !== undefined && root.content.version > floor.root.content.version;
  return reach(anchor, ahead ? carryOver(floor, floor.root, root, env) : floor, root, env);
}

/** The root this machine verified last, when it was reached under the pins that hold now. */
export function resumeRoot(anchor: Anchor, floor: Floor, env: Env): RootReached {
  return reach(anchor, floor, floor.root, env);
}

/** The next root: version exactly one higher, signed by a threshold of the old root's keys and of its own (§5.3.4, §5.3.5). */
export function trustNextRoot(previous: RootReached, file: Uint8Array, env: Env): RootReached {
  const old = previous.root;
  const parsed = env.dialect.parse('root', ROOT, file, env);
  if (!env.dialect.mayFollow('root', old.content.version, parsed.content.version)) {
    throw new TrustError('rollback', `root v${parsed.content.version} was served where v${old.content.version + 1} was asked for`);
  }
  const { anchor, floor } = previous;
  const asked = askedOf(anchor, undefined);
  verifySigned(parsed, env.dialect.rootSigners(old, asked), old.content.keys, env);
  const root = verifySigned(parsed, env.dialect.rootSigners(parsed, asked), parsed.content.keys, env);
  checkSameLine(root, old);
  const ahead = floor !== undefined && old.content.version >= floor.root.content.version;
  return reach(anchor, ahead ? carryOver(floor, old, root, env) : floor, root, env);
}

function reach(anchor: Anchor, floor: Floor | undefined, root: Verified<'root'>, env: Env): RootReached {
  for (const pin of anchor.pins) if (pin.by === 'digest') holdToPin(root, pin, env.crypto);
  if (floor !== undefined) holdToFloor(root, floor, env);
  return { anchor, floor, root } as RootReached;
}

/** The chain from the anchor must pass through the root that was verified last: a pin of another line contradicts memory. */
function holdToFloor(root: Verified<'root'>, floor: Floor, env: Env): void {
  const [remembered, got] = [floor.root.content, root.content];
  if (remembered.binding !== undefined) checkSameRepository(root, floor.root);
  if (got.version !== remembered.version) return;
  const [wanted, reached] = [pinOf(floor.root, env.crypto), pinOf(root, env.crypto)];
  if (wanted.digest === reached.digest) return;
  throw new TrustError('untrusted-root', `root v${got.version} is not the one this machine verified before`, {
    details: { wanted: formatPin(wanted), got: formatPin(reached) },
  });
}

/** The end of the chain (§5.3.9 to §5.3.11): not older than what was seen, of the name asked for, not expired. */
export function trustNewestRoot(reached: RootReached, env: Env): RootTrusted {
  const { anchor, root } = reached;
  const version = root.content.version;
  for (const pin of anchor.pins) {
    if (pin.by === 'digest' && pin.version > version) {
      throw new TrustError('untrusted-root', `root v${pin.version} is pinned, but the newest served is v${version}`);
    }
  }
  const lowest = Math.max(reached.floor?.root.content.version ?? 0, anchor.minimum.root ?? 0);
  if (!(version >= lowest)) throw new TrustError('rollback', `root v${version} is older than v${lowest}`);
  checkName(root, anchor.gun, anchor.binding);
  checkSignersLast(root, anchor, env);
  checkNotExpired(root, env);
  return { anchor, floor: reached.floor, root } as RootTrusted;
}

/** A key may have run out of time, which a step to a newer root forgives: the newest must be signed by keys that count today. */
function checkSignersLast(root: Verified<'root'>, anchor: Anchor, env: Env): void {
  const today = env.dialect.rootSigners(root, askedOf(anchor, env.unsafeExpired === 'pass' ? undefined : env.now));
  if (today.keyids.length < roleOf(root, 'root').keyids.length) verifySigned(root, today, root.content.keys, env);
}

/** TUF 1.0.34 §5.3.10, §5.4.4, §5.5.6, §5.6.6: a file is expired from its expiry on. */
export function checkNotExpired(metadata: Parsed, env: Env): void {
  const { expires, version } = metadata.content;
  if (env.unsafeExpired === 'pass' || expires > env.now) return;
  throw new TrustError('expired', `${metadata.name} v${version} expired at ${formatInstant(expires)}, now is ${formatInstant(env.now)}`);
}
