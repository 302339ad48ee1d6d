// What a refresh leaves on this machine: floors durably and only when they changed, targets and delegated roles in the cache.
import {
  type DelegatedTrusted,
  type Floor,
  type Keep,
  type MetaFile,
  newlySeen,
  type RootReached,
  type SnapshotTrusted,
  type TargetsTrusted,
  type TimestampTrusted,
} from '@countersign/core';
import type { Course } from './course.ts';
import { compareVersions, versionsOf } from './floor-file.ts';
import { filesOf, floorOf, pinsReached } from './floor-of.ts';
import { newestRoleFiles, outdatedBy } from './role-files.ts';
import type { ReadingWorld } from './world.ts';

export async function keepStage(stage: Keep['keep'], course: Course, world: ReadingWorld): Promise<void> {
  if ('root' in stage) course.root = stage.root;
  if ('targets' in stage) {
    const { name, file } = stage.targets;
    await world.cache.write(course.gun, { ...metaOf(stage), role: name }, file);
    await keepSeen(stage, course, world);
  } else if ('root' in stage && course.walking) {
    // TUF 1.0.34 §5.3.8: on a long chain each root is kept before the next is asked for, so that the walk can be resumed.
    course.pending = undefined;
    await keepFloor(stage, course, world);
  } else if ('snapshot' in stage) {
    // Nothing above targets changes any more: the disk may work while they are fetched and verified. Whoever waits for it hears of
    // a failure.
    course.pending = undefined;
    course.writing = keepFloor(stage, course, world);
    course.writing.catch(() => undefined);
  } else {
    course.walking ||= 'root' in stage;
    course.pending = stage;
  }
}

/**
 * What a refresh reached is written once, and is on the disk when it ends, however it ended: a stage holds all those before it,
 * and nothing that was not written yet was told to anybody.
 */
export async function keepPending(course: Course, world: ReadingWorld): Promise<void> {
  const { pending, writing } = course;
  course.pending = undefined;
  course.writing = undefined;
  await writing;
  if (pending !== undefined) await keepFloor(pending, course, world);
}

/** What no snapshot will say of this file is remembered before anybody is told what it holds. */
async function keepSeen(stage: TargetsTrusted | DelegatedTrusted, course: Course, world: ReadingWorld): Promise<void> {
  const entry = newlySeen(stage, world.options.crypto);
  if (entry === undefined) return;
  // A floor comes first: it says whose roles these are.
  await course.writing;
  const written = await world.floors.writeRole(course.gun, entry);
  if (course.saved === undefined) return;
  const { floor, roleFiles } = course.saved;
  const replaced = outdatedBy(written, roleFiles);
  course.saved = {
    ...course.saved,
    floor: { ...floor, roles: new Map([...floor.roles, entry]) },
    roleFiles: newestRoleFiles([...roleFiles.filter((name) => !replaced.includes(name)), written]),
  };
}

/** What the snapshot says of the file: its version or its hashes are what it is found by again. */
function metaOf(stage: TargetsTrusted | DelegatedTrusted): MetaFile {
  const { snapshot } = 'delegator' in stage ? stage.before.before : stage.before;
  const meta = snapshot.content.meta.get(stage.targets.name);
  if (meta === undefined) throw new Error(`${stage.targets.name} was verified, and the snapshot does not list it`);
  return meta;
}

/** Nothing is done when all of this is remembered already. */
export async function keepFloor(
  stage: RootReached | TimestampTrusted | SnapshotTrusted,
  course: Course,
  world: ReadingWorld,
): Promise<void> {
  const floor = floorOf(stage, pinsReached(course.anchor, earlierPins(course)));
  const etag = floor.timestamp === undefined ? undefined : course.etag;
  if (course.saved !== undefined && course.saved.etag === etag && isSame(course.saved.floor, floor)) return;
  const files = filesOf(floor);
  await world.floors.write(course.gun, files, versionsOf(floor), etag);
  course.saved = { floor, files, etag, roleFiles: course.saved?.roleFiles ?? [] };
}

const isSame = (one: Floor, other: Floor): boolean =>
  compareVersions(versionsOf(one), versionsOf(other)) === 0 && one.pins.join('\n') === other.pins.join('\n');

/** Pins of an earlier refresh hold for this chain too when it went through the root that was remembered then. */
function earlierPins({ resumes, firstRoot, found }: Course): readonly string[] {
  if (found === undefined) return [];
  const wentThrough = resumes || (firstRoot !== undefined && firstRoot <= found.floor.root.content.version);
  return wentThrough ? found.floor.pins : [];
}
