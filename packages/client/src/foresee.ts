// What a file that has just arrived names is asked for, and its signatures are checked on another thread, while the files before it
// are judged: the answers and the verdicts then come together. Nothing is believed for it. A request is all that an unverified file
// can cause, a small one, to the server that sent the file; a signature that was checked is counted when its turn comes.
import {
  digestOf,
  FormatError,
  type MetaFile,
  type Parsed,
  ROOT,
  type RoleKind,
  type RoleName,
  roleOf,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
} from '@countersign/core';
import type { Course } from './course.ts';
import { nextTurn } from './next-turn.ts';
import { verifyAhead } from './verify-ahead.ts';
import type { ReadingWorld } from './world.ts';

// A larger file is judged first: reading it takes longer than a round trip.
const LARGEST_READ = 65_536;
// What somebody who cannot sign may make us fetch.
const LARGEST_FETCHED = 262_144;

export type Foreseeable = 'timestamp' | 'snapshot' | 'targets';

interface Named {
  readonly role: RoleName;
  readonly meta: MetaFile;
}

/** Resolves when requests for what `bytes` name, and is not at hand, have left, and their signatures were looked at. Once for each file. */
export function foresee(kind: Foreseeable, bytes: Uint8Array, course: Course, world: ReadingWorld): Promise<void> {
  const known = course.foreseen.get(bytes);
  if (known !== undefined) return known;
  const looked = look(kind, bytes, course, world);
  course.foreseen.set(bytes, looked);
  return looked;
}

// Whoever made the file says how many keys its roles have.
const MOST_OPENED = 4;

/** The same for a first root, which its own keys sign: the keys of the other roles are opened while its signatures are checked. */
export async function foreseeRoot(bytes: Uint8Array, course: Course): Promise<void> {
  const file = bytes.length > LARGEST_READ ? undefined : readOrNothing('root', bytes, course);
  if (file === undefined || !isOf(file, 'root')) return;
  const { keys, roles } = file.content;
  const own = roles.get('root');
  const checked = own === undefined ? undefined : verifyAhead(file, own, keys, course.env);
  for (const { keyids } of roles.values()) {
    for (const keyid of keyids.slice(0, MOST_OPENED)) {
      const spelling = keys.get(keyid);
      if (spelling !== undefined) course.env.crypto.openKey(spelling);
    }
  }
  await checked;
}

async function look(kind: Foreseeable, bytes: Uint8Array, course: Course, world: ReadingWorld): Promise<void> {
  const { root, env } = course;
  if (root === undefined || bytes.length > LARGEST_READ) return;
  const file = readOrNothing(kind, bytes, course);
  if (file === undefined) return;
  const sent = root.content.consistentSnapshot && send(file, course, world);
  // Where nothing new is on its way, there is nothing to check beside, and another thread is not worth its start.
  if (kind !== 'targets' && !sent) return;
  await Promise.all([nextTurn(), verifyAhead(file, roleOf(root, kind), root.content.keys, env)]);
}

const ROLES: Readonly<Record<RoleKind, RoleName>> = { root: ROOT, timestamp: TIMESTAMP, snapshot: SNAPSHOT, targets: TARGETS };

function readOrNothing(kind: RoleKind, bytes: Uint8Array, { env }: Course): Parsed | undefined {
  try {
    return env.dialect.parse(kind, ROLES[kind], bytes, env);
  } catch (error) {
    if (error instanceof FormatError) return undefined; // the workflow says so
    throw error;
  }
}

/** Whether there was anything to ask for. */
function send(file: Parsed, course: Course, world: ReadingWorld): boolean {
  let sent = false;
  for (const { role, meta } of namedBy(file, course.env)) {
    const { version, length, hashes } = meta;
    if (length === undefined || length > LARGEST_FETCHED || isAtHand(role, meta, course, world)) continue;
    const path = course.env.dialect.path({ role, version, hashes, consistent: true });
    course.ahead.send(path, async () => {
      const answer = await world.server.file(course.gun, path, { maxLength: length });
      const next = role === SNAPSHOT ? 'snapshot' : role === TARGETS ? 'targets' : undefined;
      if (next !== undefined && answer !== undefined && answer !== 'not-modified') {
        // Whoever takes the answer hears of it.
        foresee(next, answer.bytes, course, world).catch(() => undefined);
      }
      return answer;
    });
    sent = true;
  }
  return sent;
}

/** Snapshot, then targets and, in the layout of our repositories, the role in which tags live. */
function namedBy(file: Parsed, { dialect }: Course['env']): readonly Named[] {
  if (isOf(file, 'timestamp')) return [{ role: SNAPSHOT, meta: file.content.snapshot }];
  if (!isOf(file, 'snapshot')) return [];
  return [TARGETS, dialect.releases].flatMap((role) => {
    const meta = file.content.meta.get(role);
    return meta === undefined ? [] : [{ role, meta }];
  });
}

const isOf = <Kind extends RoleKind>(file: Parsed, kind: Kind): file is Parsed<Kind> => file.kind === kind;

function isAtHand(role: RoleName, meta: MetaFile, { gun, saved, env }: Course, world: ReadingWorld): boolean {
  if (role !== SNAPSHOT) return world.cache.has(gun, { ...meta, role });
  const seen = saved?.floor.snapshot;
  if (seen === undefined) return false;
  // Where no version is stated, the bytes are what is named.
  if (meta.version !== undefined) return seen.content.version === meta.version;
  return digestOf(env.crypto, seen.file) === `sha256:${meta.hashes?.get('sha256')}`;
}
