// What a file that has just arrived names is asked for while its signatures are checked: the answer and the verdict then come together.
// Nothing is believed for it. A request is all that an unverified file can cause, a small one, to the server that sent the file.
import { FormatError, type MetaFile, type ParseEnv, RELEASES, type RoleName, SNAPSHOT, TARGETS, TIMESTAMP, tuf } from '@countersign/core';
import type { Course } from './course.ts';
import type { ReadingWorld } from './world.ts';

// Reading a larger file twice would cost more than the round trip that it saves.
const LARGEST_READ = 16_384;
// What somebody who cannot sign may make us fetch.
const LARGEST_FETCHED = 262_144;

interface Named {
  readonly role: RoleName;
  readonly meta: MetaFile;
}

/** Sends requests for what a timestamp or a snapshot, not verified yet, names and is not at hand. Whether there were any. */
export function foresee(kind: 'timestamp' | 'snapshot', bytes: Uint8Array, course: Course, world: ReadingWorld): boolean {
  if (course.root?.content.consistentSnapshot !== true || bytes.length > LARGEST_READ) return false;
  let sent = false;
  for (const { role, meta } of namedBy(kind, bytes, world.options)) {
    const { version, length } = meta;
    if (length === undefined || length > LARGEST_FETCHED || isAtHand(role, meta, course, world)) continue;
    const path = tuf.path({ role, version, consistent: true });
    course.ahead.send(path, () => world.server.file(course.gun, path, { maxLength: length }));
    sent = true;
  }
  return sent;
}

/** Snapshot, then targets and, in the layout of our repositories, the role in which tags live. */
function namedBy(kind: 'timestamp' | 'snapshot', bytes: Uint8Array, env: ParseEnv): readonly Named[] {
  try {
    if (kind === 'timestamp') return [{ role: SNAPSHOT, meta: tuf.parse('timestamp', TIMESTAMP, bytes, env).content.snapshot }];
    const { meta } = tuf.parse('snapshot', SNAPSHOT, bytes, env).content;
    return [TARGETS, RELEASES].flatMap((role) => {
      const listed = meta.get(role);
      return listed === undefined ? [] : [{ role, meta: listed }];
    });
  } catch (error) {
    if (error instanceof FormatError) return []; // the workflow says so
    throw error;
  }
}

function isAtHand(role: RoleName, { version }: MetaFile, { gun, saved }: Course, world: ReadingWorld): boolean {
  return role === SNAPSHOT ? saved?.floor.snapshot?.content.version === version : world.cache.has(gun, role, version);
}
