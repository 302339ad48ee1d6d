// The client workflow of TUF (1.0.34 §5): from an anchor to fresh, trusted targets, or to a refusal. Start reading here.
import { FormatError, TrustError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import type { MetaFile } from '../model/metadata.ts';
import { ROOT, SNAPSHOT, TARGETS, TIMESTAMP } from '../model/top-level.ts';
import type { RoleName, Version } from '../names/brand.ts';
import { parseVersion } from '../names/version.ts';
import { type Anchor, pinText } from '../trust/anchor.ts';
import type { Floor } from '../trust/floor.ts';
import { resumeRoot, trustFirstRoot, trustNewestRoot, trustNextRoot } from '../trust/root.ts';
import { newlySeen } from '../trust/seen-role.ts';
import { trustSnapshot } from '../trust/snapshot.ts';
import type { DelegatedTrusted, RootReached, RootTrusted, SnapshotTrusted, TargetsTrusted, TimestampTrusted } from '../trust/stages.ts';
import { trustTargets } from '../trust/targets.ts';
import { trustTimestamp } from '../trust/timestamp.ts';
import type { Need, Workflow } from './need.ts';

/** Throws TrustError or FormatError. `env.now` is the fixed start of the whole refresh (§5.1). */
export function* refresh(anchor: Anchor, floor: Floor | undefined, env: Env): Workflow<TargetsTrusted> {
  const first = yield* startingRoot(anchor, floor, env);
  const timestamp = yield* newestTimestamp(first, env);
  const snapshot = yield* namedSnapshot(timestamp, env);
  return yield* namedTargets(snapshot, env);
}

/** §5.2 and §5.3: every root from the anchor on, one by one, until the server has no newer one. */
export function* newestRoot(anchor: Anchor, floor: Floor | undefined, env: Env): Workflow<RootTrusted> {
  const first = yield* startingRoot(anchor, floor, env);
  return trustNewestRoot(yield* lastRoot(first, lastVersion(first, env), env), env);
}

/** The end of the chain that goes on from `reached`: itself, when the server has no newer root. */
function* lastRoot(reached: RootReached, last: number, env: Env): Workflow<RootReached> {
  for (let end = reached; ; ) {
    const version = parseVersion(end.root.content.version + 1, 'root version');
    const file = yield rootNeed(version, env);
    if (file === undefined) return end;
    // §5.3.3 lets a client go on from where it stopped; it would then hold an old root for the newest without saying so.
    if (version > last) {
      throw new TrustError(
        'limit',
        `root: more than ${env.limits.rootRotations} newer versions; those so far are kept, run again to go on`,
      );
    }
    end = trustNextRoot(end, file, env);
    if (isNews(end)) yield { keep: end };
  }
}

const lastVersion = ({ root }: RootReached, env: Env): number => root.content.version + env.limits.rootRotations;
const isNews = ({ root, floor }: RootReached): boolean => root.content.version > (floor?.root.content.version ?? 0);

function* startingRoot(anchor: Anchor, floor: Floor | undefined, env: Env): Workflow<RootReached> {
  const first = yield* anchoredRoot(anchor, floor, env);
  if (isNews(first)) yield { keep: first };
  return first;
}

function* anchoredRoot(anchor: Anchor, floor: Floor | undefined, env: Env): Workflow<RootReached> {
  if (floor !== undefined && anchor.pins.every((pin) => floor.pins.includes(pinText(pin)))) return resumeRoot(anchor, floor, env);
  const pinned = anchor.pins.flatMap((pin) => (pin.by === 'digest' ? [pin.version] : []));
  // Identity is never derived from roots older than the oldest pin.
  const firsts = pinned.length === 0 ? firstVersions(env) : [parseVersion(Math.min(...pinned), 'pinned root version')];
  if (anchor.pins.length === 0 && anchor.otherwise === 'refuse') throw new TrustError('untrusted-root', `${anchor.gun} has no pinned root`);
  for (const first of firsts) {
    const file = yield rootNeed(first, env);
    if (file !== undefined) return trustFirstRoot(anchor, floor, first, file, env);
  }
  throw new TrustError('missing', `${anchor.gun}: the server has no root v${firsts.join(' or v')}`);
}

/** What the first root of a repository may be called: who published nothing before a first rotation begins with v2 in Notary. */
export const firstVersions = ({ dialect }: Pick<Env, 'dialect'>): readonly Version[] =>
  [1, 2].map((number) => parseVersion(number, 'root version')).filter((version) => dialect.mayFollow('root', undefined, version));

function rootNeed(version: Version, env: Env): Need {
  const path = env.dialect.path({ role: ROOT, version, consistent: true });
  return { need: 'root', role: ROOT, version, path, maxLength: env.limits.rootBytes, hashes: undefined, from: 'server' };
}

/**
 * A rotation between the two answers leaves a timestamp that the newest root of a moment ago knows no key for. It is judged under the root
 * that came in between, if one did: each look at it brings a newer root, or is the last.
 */
function* newestTimestamp(first: RootReached, env: Env): Workflow<TimestampTrusted> {
  const last = lastVersion(first, env);
  let reached = yield* lastRoot(first, last, env);
  for (;;) {
    const root = trustNewestRoot(reached, env);
    try {
      return yield* servedTimestamp(root, env);
    } catch (error) {
      if (!(error instanceof TrustError) || error.code !== 'signature') throw error;
      reached = yield* lastRoot(reached, last, env);
      if (reached.root === root.root) throw error;
    }
  }
}

function* servedTimestamp(before: RootTrusted, env: Env): Workflow<TimestampTrusted> {
  const path = env.dialect.path({ role: TIMESTAMP, version: undefined, consistent: false });
  const maxLength = env.limits.timestampBytes;
  const file = yield { need: 'timestamp', role: TIMESTAMP, version: undefined, path, maxLength, hashes: undefined, from: 'server' };
  if (file === undefined) throw new TrustError('missing', `${before.anchor.gun}: the server has no timestamp`);
  const stage = trustTimestamp(before, file, env);
  if (stage.timestamp.content.version !== before.floor?.timestamp?.content.version) yield { keep: stage };
  return stage;
}

function* namedSnapshot(before: TimestampTrusted, env: Env): Workflow<SnapshotTrusted> {
  const meta = before.timestamp.content.snapshot;
  const remembered = before.before.floor?.snapshot;
  const known = meta.version === undefined || remembered?.content.version === meta.version ? remembered?.file : undefined;
  return yield* fileOf(metaNeed('snapshot', SNAPSHOT, meta, before.before, env), known, env, (file) => trustSnapshot(before, file, env));
}

function* namedTargets(before: SnapshotTrusted, env: Env): Workflow<TargetsTrusted> {
  const meta = before.snapshot.content.meta.get(TARGETS);
  if (meta === undefined) throw new TrustError('missing', 'the snapshot does not list targets');
  const need = metaNeed('targets', TARGETS, meta, before.before.before, env);
  return yield* fileOf(need, undefined, env, (file) => trustTargets(before, file, env));
}

/** What to ask for when a verified file names another, by version or by hash. */
export function metaNeed(need: Need['need'], role: RoleName, meta: MetaFile, root: RootTrusted, env: Env): Need {
  const { version, hashes } = meta;
  const ceiling = need === 'snapshot' ? env.limits.snapshotBytes : env.limits.targetsBytes;
  const path = env.dialect.path({ role, version, hashes, consistent: root.root.content.consistentSnapshot });
  // A signed length bounds the download, but a server's key may sign any length: ours is the last word.
  return { need, role, version, path, maxLength: Math.min(meta.length ?? ceiling, ceiling), hashes, from: 'cache' };
}

/** Tries what is at hand, then the server. What lies in a cache is untrusted input: whatever is wrong with it only costs a request. */
export function* fileOf<Stage extends SnapshotTrusted | TargetsTrusted | DelegatedTrusted>(
  need: Need,
  known: Uint8Array | undefined,
  env: Env,
  trust: (file: Uint8Array) => Stage,
): Workflow<Stage> {
  const cached = known ?? (yield need);
  const before = cached === undefined ? undefined : attempt(() => trust(cached));
  if (before !== undefined) {
    // Nothing of it has to be kept again, but for what memory alone can tell the next time.
    if ('targets' in before && newlySeen(before, env.crypto) !== undefined) yield { keep: before };
    return before;
  }
  const file = yield { ...need, from: 'server' };
  if (file === undefined) throw new TrustError('missing', `${need.path.slice(0, 80)} is not served, though trusted metadata names it`);
  const stage = trust(file);
  yield { keep: stage };
  return stage;
}

function attempt<Stage>(trust: () => Stage): Stage | undefined {
  try {
    return trust();
  } catch (error) {
    if (error instanceof FormatError || error instanceof TrustError) return undefined;
    throw error;
  }
}
