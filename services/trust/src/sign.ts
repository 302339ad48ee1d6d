// Has a draft signed by whoever holds the keys of this server.
import {
  type Draft,
  draftTimestamp,
  type Env,
  expiryAfter,
  type Instant,
  newSignature,
  type Parsed,
  parseVersion,
  type RecordHead,
  type Sealed,
  seal,
  type Version,
} from '@countersign/core';
import type { NewFile, RepositoryRef, ServerRole } from '@countersign/store';
import { isCrowded } from './crowd.ts';
import { RequestError } from './errors.ts';
import type { Basis, OnlineKey } from './signing/signing-keys.ts';
import type { World } from './world.ts';

export interface Signature {
  readonly repository: RepositoryRef;
  readonly by: OnlineKey;
  readonly basis: Basis;
}

/**
 * Nothing is signed while writes are refused: nothing could store it, and a service that remembers what it signed would want just that
 * finished, whatever a wrong clock had it say. Throws RequestError.
 */
export async function signed(world: World, { repository, by, basis }: Signature, draft: Draft<ServerRole>, env: Env): Promise<Sealed> {
  world.condition.checkWrites();
  const started = performance.now();
  const facts = { dialect: repository.dialect, role: draft.name };
  const thread = isCrowded(world) ? 'here' : 'aside';
  const signature = await world.spans.step('sign', facts, () => world.keys.sign(repository, by, draft, basis, thread));
  world.counts.signature(draft.name, (performance.now() - started) / 1000);
  return seal(draft, [newSignature(by.key, signature)], env);
}

export interface TimestampFacts {
  readonly version: Version;
  readonly snapshot: Pick<Sealed, 'version' | 'bytes' | 'digest'>;
  readonly record: RecordHead;
  readonly root: Parsed<'root'>;
  /** Milliseconds that it lives. */
  readonly life: number;
}

/**
 * The timestamp of that version, or of a later one: one that was signed, and whose answer nobody got, is lost with its number, because the
 * next one says another time. `env.now` is when its life begins.
 */
export async function signedTimestamp(world: World, signature: Signature, facts: TimestampFacts, env: Env): Promise<Sealed> {
  const { snapshot, record, root, life } = facts;
  const draft = (version: Version, expires: Instant) =>
    draftTimestamp(version, snapshot, { seq: record.seq, hash: record.hash }, root, expires, env);
  try {
    return await signed(world, signature, draft(facts.version, expiryAfter(env.now, life)), env);
  } catch (error) {
    const version = versionAfterLost(error, facts.version);
    if (version === undefined) throw error;
    const now = world.now();
    // What is done once more may be older than a timestamp lives, and its snapshot older than that should be. A timestamp that has half of its
    // life is due at once: whoever reads it next has both signed anew.
    const left = env.now + life <= now ? life / 2 : life;
    return await signed(world, signature, draft(version, expiryAfter(now, left)), env);
  }
}

function versionAfterLost(error: unknown, version: Version): Version | undefined {
  if (!(error instanceof RequestError) || error.code !== 'signer-refused') return undefined;
  const { refusal, signed: last } = error.details;
  if (refusal === 'expiry-bounds') return version;
  const isLater = (refusal === 'equivocation' || refusal === 'rollback') && typeof last === 'number' && last >= version;
  return isLater ? parseVersion(last + 1, 'timestamp version') : undefined;
}

/** A sealed file as the store takes it. */
export const newFile = ({ name, version, bytes, digest }: Sealed): NewFile => ({ role: name, version, bytes, digest });
