// Keeps timestamps fresh: signed anew when somebody reads one with less than half of its life left, never by a timer. This is the
// one place that writes because of a read.
import {
  draftSnapshot,
  draftTimestamp,
  expiryAfter,
  isHalfSpent,
  type Parsed,
  parseVersion,
  ROOT,
  type RoleName,
  SNAPSHOT,
  TIMESTAMP,
  usableKeys,
} from '@countersign/core';
import {
  draftRecord,
  type Head,
  isStoreError,
  type NewFile,
  type RecordDraft,
  type RepositoryRef,
  type ServerRole,
} from '@countersign/store';
import { commit } from './commit.ts';
import { RequestError } from './errors.ts';
import { lifetimesFor } from './lifetimes.ts';
import { keyOf } from './repository.ts';
import { currentGeneration } from './server-keys.ts';
import { newFile, signed } from './sign.ts';
import { servedHead } from './standing.ts';
import { envOf, type Fresh, type World } from './world.ts';

// How long a stored timestamp goes on being served after signing anew failed, before that is tried once more.
const PAUSE = 1_000;
const MOST_ATTEMPTS = 3;

/**
 * The timestamp that `head` has, or the one that replaces it. Whoever comes while it is being replaced waits for that one signature.
 * When replacing fails, the stored one is served until it expires. Throws RequestError: `expired`, `not-found` or `restored-store`.
 */
export async function freshTimestamp(world: World, repository: RepositoryRef, head: Head): Promise<Fresh> {
  const stored = await storedTimestamp(world, repository, head);
  const now = world.now();
  if (now < stored.until) return stored;
  try {
    return await world.refreshes.run(keyOf(repository), () => refresh(world, repository));
  } catch (error) {
    if (error instanceof RequestError && error.code !== 'unavailable') throw error;
    world.counts.failedRefreshes += 1;
    world.log.error({ gun: repository.gun, err: error }, 'a timestamp cannot be signed anew');
    if (now < stored.expires) return { ...stored, until: Math.min(now + PAUSE, stored.expires) };
    const text = `the timestamp of ${repository.gun} has expired, and this server cannot sign a new one`;
    throw new RequestError('expired', text, { cause: error });
  }
}

async function refresh(world: World, repository: RepositoryRef): Promise<Fresh> {
  for (let attempt = 1; ; attempt += 1) {
    const head = await servedHead(world, repository);
    const stored = await storedTimestamp(world, repository, head);
    if (world.now() < stored.until) return stored; // a publish came first
    const root = await rootOf(world, repository, head);
    // Of an imported repository whose owner has not named this server's key yet. The file that stands is all there is, also when it has
    // expired: clients see that for themselves, while an error would send some of them to what they remember.
    if (!holdsKey(world, repository, head, root, 'timestamp')) return { ...stored, until: Number.POSITIVE_INFINITY };
    try {
      const next = await refreshOnce(world, repository, head, root);
      return await storedTimestamp(world, repository, next);
    } catch (error) {
      if (!isStoreError(error, 'conflict') || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

async function refreshOnce(world: World, repository: RepositoryRef, head: Head, root: Parsed<'root'>): Promise<Head> {
  const env = envOf(world, repository.dialect);
  const snapshot = await lastingSnapshot(world, repository, head, root);
  const record = snapshot.record ?? { seq: head.seq, hash: head.recordHash };
  const version = parseVersion((head.files.get(TIMESTAMP)?.version ?? 0) + 1, 'timestamp version');
  const expires = expiryAfter(env.now, world.lifetimes.timestamp);
  const draft = draftTimestamp(version, snapshot.file, { seq: record.seq, hash: record.hash }, root, expires, env);
  const timestamp = await signed(draft, signerOf(world, repository, head, 'timestamp'), env, world.counts);

  const replaced = snapshot.record === undefined ? {} : { record: snapshot.record };
  const files = snapshot.record === undefined ? [newFile(timestamp)] : [snapshot.file, newFile(timestamp)];
  const next = await commit(world, repository, head, { files, claims: [], ...replaced });
  world.log.info({ gun: repository.gun, timestamp: version, seq: next.seq }, 'signed a timestamp anew');
  return next;
}

/**
 * The snapshot that stands, or, from half of its life on, the next one, with the record that tells of it. One that publishers sign
 * stands until they sign another.
 */
async function lastingSnapshot(
  world: World,
  repository: RepositoryRef,
  head: Head,
  root: Parsed<'root'>,
): Promise<{ readonly file: NewFile; readonly record?: RecordDraft }> {
  const env = envOf(world, repository.dialect);
  const stored = await newest(world, repository, head, SNAPSHOT);
  const file = env.dialect.parse('snapshot', SNAPSHOT, stored.bytes, env);
  world.horizon.note('snapshot', keyOf(repository), file.content.expires, env.now);
  const { snapshot: life } = lifetimesFor(repository.dialect, world.lifetimes);
  if (!isHalfSpent(file, life, env.now)) return { file: stored };
  if (!holdsKey(world, repository, head, root, 'snapshot')) return { file: stored };
  const expires = expiryAfter(env.now, life);
  const signer = signerOf(world, repository, head, 'snapshot');
  const next = newFile(
    await signed(draftSnapshot({ file, version: stored.version }, new Map(), root, expires, env), signer, env, world.counts),
  );
  const signers = [signer.key.fingerprint];
  return { file: next, record: draftRecord(head, { repository, kind: 'refresh', time: env.now, files: [next], signers }) };
}

async function storedTimestamp(world: World, repository: RepositoryRef, head: Head): Promise<Fresh> {
  const { bytes } = await newest(world, repository, head, TIMESTAMP);
  const { expires } = world.dialects[repository.dialect].parse('timestamp', TIMESTAMP, bytes, world).content;
  world.horizon.note('timestamp', keyOf(repository), expires, world.now());
  return { head, timestamp: bytes, expires, until: expires - world.lifetimes.timestamp / 2 };
}

async function rootOf(world: World, repository: RepositoryRef, head: Head): Promise<Parsed<'root'>> {
  const { bytes } = await newest(world, repository, head, ROOT);
  const root = world.dialects[repository.dialect].parse('root', ROOT, bytes, world);
  world.horizon.note('root', keyOf(repository), root.content.expires, world.now());
  return root;
}

/** Whether `root` gives this role to the key of this server: one that it does not name signs nothing. */
function holdsKey(world: World, repository: RepositoryRef, head: Head, { content }: Parsed<'root'>, role: ServerRole): boolean {
  const keys = content.roles.get(role);
  return keys !== undefined && usableKeys(keys, content.keys, world).has(signerOf(world, repository, head, role).key.fingerprint);
}

async function newest(world: World, repository: RepositoryRef, head: Head, role: RoleName): Promise<NewFile> {
  const file = head.files.get(role);
  const bytes = file && (await world.store.file(repository, { role, version: file.version }));
  if (file === undefined || bytes === undefined) throw new RequestError('not-found', `${role} is not here`);
  return { role, version: file.version, digest: file.digest, bytes };
}

const signerOf = (world: World, repository: RepositoryRef, head: Head, role: ServerRole) =>
  world.keyring.signer(repository, role, currentGeneration(head, role));
