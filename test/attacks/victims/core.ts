// A victim that is nothing but core: its workflows, a floor and a cache in memory.
import {
  checkClock,
  type Digest,
  digestOf,
  type Env,
  entryKind,
  type Floor,
  type FloorFiles,
  findTarget,
  type Instant,
  type Keep,
  pinText,
  type RootReached,
  type RootTrusted,
  readFloor,
  refresh,
  type SnapshotTrusted,
  type TimestampTrusted,
  TrustError,
  verifyBytes,
} from '@countersign/core';
import { type Answer, drive, type Simulator } from '@countersign/testkit';
import type { Manifest, Victim, VictimOptions } from './victim.ts';

export async function startCore(repository: Simulator, { anchor: overrides = {}, limits = {} }: VictimOptions = {}): Promise<Victim> {
  const anchor = repository.anchor(overrides);
  const instead = new Map<string, Uint8Array | undefined>();
  const registry = new Map<string, Manifest>();
  const cache = new Map<string, Uint8Array>();
  const asked: string[] = [];
  let files: FloorFiles | undefined;
  let latest: Instant | undefined;

  const answer: Answer = (need) => {
    if (need.from === 'cache') return cache.get(`${need.role} ${need.version}`);
    asked.push(need.path);
    const bytes = instead.has(need.path) ? instead.get(need.path) : repository.served.get(need.path);
    if (bytes !== undefined && bytes.length > need.maxLength) throw Object.assign(new Error('too large'), { code: 'too-large' });
    return bytes;
  };

  /** What a machine remembers is written at every step, so that a refusal later on forgets nothing. */
  const remember = (stage: Keep['keep']): void => {
    if ('targets' in stage) cache.set(`${stage.targets.name} ${stage.targets.content.version}`, stage.targets.file);
    else files = filesAfter(stage, anchor.pins.map(pinText));
  };

  const victim: Victim = {
    instead,
    registry,
    asked,
    now: undefined,
    async verify(tag): Promise<Digest> {
      const env: Env = { ...repository.env(victim.now ?? repository.now), limits: { ...repository.env().limits, ...limits } };
      if (latest !== undefined) checkClock(env.now, latest);
      const floor: Floor | undefined = files && readFloor(files, env);
      const { result: stage } = drive(refresh(anchor, floor, env), answer, remember);
      if (latest === undefined || env.now > latest) latest = env.now;
      const target = drive(findTarget(stage, tag, new Map(), env), answer, remember).result;
      if (target === undefined) throw new TrustError('unsigned', `no signed entry for ${tag}`);
      if (entryKind(target.entry).kind !== 'image') throw new TrustError('wrong-kind', `${tag} is no image`);
      const manifest = registry.get(tag);
      if (manifest === undefined) throw new Error(`the registry has no ${tag}`);
      verifyBytes(tag, manifest.bytes, target.entry, env.crypto);
      return digestOf(env.crypto, manifest.bytes);
    },
    loseCache: async () => cache.clear(),
    close: async () => undefined,
  };
  return victim;
}

/** What a stage of trust leaves behind; what it does not speak of stays, as long as the root lets it count. */
function filesAfter(stage: RootReached | RootTrusted | TimestampTrusted | SnapshotTrusted, pins: readonly string[]): FloorFiles {
  if ('snapshot' in stage) return { ...filesAfter(stage.before, pins), snapshot: stage.snapshot.file };
  if ('timestamp' in stage) {
    const { record = stage.before.floor?.record } = stage.timestamp.content.binding ?? {};
    const files = { ...filesAfter(stage.before, pins), timestamp: stage.timestamp.file };
    return record === undefined ? files : { ...files, record };
  }
  const { timestamp, snapshot, record } = stage.floor ?? {};
  return {
    root: stage.root.file,
    ...(timestamp && { timestamp: timestamp.file }),
    ...(snapshot && { snapshot: snapshot.file }),
    ...(record && { record }),
    pins,
  };
}
