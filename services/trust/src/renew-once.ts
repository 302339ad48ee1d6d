// One attempt at a timestamp that lives longer, and at its snapshot where that is due: drafted from what stands, signed, stored. A snapshot that
// was signed and never stored is done once more from its note.
import {
  draftSnapshot,
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
import { draftRecord, type Head, type NewFile, type RecordDraft, type RepositoryRef, type ServerRole } from '@countersign/store';
import { commit } from './commit.ts';
import { RequestError } from './errors.ts';
import { lifetimesFor } from './lifetimes.ts';
import { keyOf } from './repository.ts';
import { newFile, signed, signedTimestamp } from './sign.ts';
import { type Manner, noteFor, type PublishNote, spellNote } from './signing/publish-note.ts';
import { currentGeneration, keyAt, NO_BASIS, type OnlineKey } from './signing/signing-keys.ts';
import { envOf, type World } from './world.ts';

/** The head with a fresh timestamp; undefined where the root names no key of this server. `manner.again` is the note of a snapshot that is lost. */
export async function renewOnce(world: World, repository: RepositoryRef, head: Head, manner: Manner = {}): Promise<Head | undefined> {
  const { again } = manner;
  const root = await rootOf(world, repository, head);
  const by = await heldKey(world, repository, head, root, 'timestamp');
  if (by === undefined) return undefined;
  const note = again ?? noteFor(head, world.now(), lifetimesFor(repository.dialect, world.lifetimes), false, manner);
  const env = { ...envOf(world, repository.dialect), now: note.now };
  const snapshot = await lastingSnapshot(world, repository, head, root, note, again === undefined ? 'when due' : 'now');
  const record = snapshot.record ?? { seq: head.seq, hash: head.recordHash };
  const version = parseVersion((head.files.get(TIMESTAMP)?.version ?? 0) + 1, 'timestamp version');
  const facts = { version, snapshot: snapshot.file, record, root, life: note.lifetimes.timestamp };
  const timestamp = await signedTimestamp(world, { repository, by, basis: NO_BASIS }, facts, env);

  const replaced = snapshot.record === undefined ? {} : { record: snapshot.record };
  const files = snapshot.record === undefined ? [newFile(timestamp)] : [snapshot.file, newFile(timestamp)];
  const next = await commit(world, repository, head, { files, claims: [], ...replaced });
  world.log.info({ gun: repository.gun, timestamp: timestamp.version, seq: next.seq }, 'signed a timestamp anew');
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
  note: PublishNote,
  when: 'when due' | 'now',
): Promise<{ readonly file: NewFile; readonly record?: RecordDraft }> {
  const env = { ...envOf(world, repository.dialect), now: note.now };
  const stored = await newest(world, repository, head, SNAPSHOT);
  const file = env.dialect.parse('snapshot', SNAPSHOT, stored.bytes, env);
  world.horizon.note('snapshot', keyOf(repository), file.content.expires, env.now);
  if (when === 'when due' && !isHalfSpent(file, note.lifetimes.snapshot, env.now)) return { file: stored };
  const by = await heldKey(world, repository, head, root, 'snapshot');
  if (by === undefined) return { file: stored };
  const draft = draftSnapshot({ file, version: note.snapshotAfter }, new Map(), root, expiryAfter(env.now, note.lifetimes.snapshot), env);
  const standing = new Map([
    [ROOT, root.file],
    [SNAPSHOT, stored.bytes],
  ]);
  const basis = { upload: new Map(), standing, note: spellNote(note) };
  const next = newFile(await signed(world, { repository, by, basis }, draft, env));
  const signers = [by.key.fingerprint];
  return { file: next, record: draftRecord(head, { repository, kind: 'refresh', time: env.now, files: [next], signers }) };
}

async function rootOf(world: World, repository: RepositoryRef, head: Head): Promise<Parsed<'root'>> {
  const { bytes } = await newest(world, repository, head, ROOT);
  const root = world.dialects[repository.dialect].parse('root', ROOT, bytes, world);
  world.horizon.note('root', keyOf(repository), root.content.expires, world.now());
  return root;
}

/** The key in force, where `root` gives it the role: one that it does not name signs nothing. */
async function heldKey(
  world: World,
  repository: RepositoryRef,
  head: Head,
  { content }: Parsed<'root'>,
  role: ServerRole,
): Promise<OnlineKey | undefined> {
  const named = content.roles.get(role);
  const key = keyAt(await world.keys.keysOf(repository, head, 'kept'), role, currentGeneration(head, role));
  // Another one is in force by now, with a root that this store does not have.
  if (key === undefined && head.generations.has(role))
    throw new RequestError('signer-refused', `the signing service signs no more with the key for ${role} that this root names`);
  return named !== undefined && key !== undefined && usableKeys(named, content.keys, world).has(key.key.fingerprint) ? key : undefined;
}

export async function newest(world: World, repository: RepositoryRef, head: Head, role: RoleName): Promise<NewFile> {
  const file = head.files.get(role);
  const bytes = file && (await world.store.file(repository, { role, version: file.version }));
  if (file === undefined || bytes === undefined) throw new RequestError('not-found', `${role} is not here`);
  return { role, version: file.version, digest: file.digest, bytes };
}
