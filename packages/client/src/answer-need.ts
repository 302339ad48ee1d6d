// Where the bytes come from: the cache where core says so, otherwise the server, and for the timestamp the server's word that
// nothing has changed.
import {
  type Anchor,
  type Gun,
  type Need,
  type RootReached,
  type SnapshotTrusted,
  type TimestampTrusted,
  TrustError,
  type Version,
} from '@countersign/core';
import { ServerError } from './errors.ts';
import type { Remembered } from './floor-file.ts';
import type { World } from './world.ts';

/** What a refresh knows of its own course. */
export interface Course {
  readonly gun: Gun;
  readonly anchor: Anchor;
  /** Whether the first root is the remembered one; otherwise it is asked for. */
  readonly resumes: boolean;
  /** The floor that was found when the refresh began. */
  readonly found: Remembered | undefined;
  /** The version of the root that was asked for first, where none was resumed from. */
  firstRoot: Version | undefined;
  /** Whether a root was reached since: a second one makes it a chain. */
  walking: boolean;
  /** The floor that is being written. */
  writing: Promise<void> | undefined;
  /** What was reached since, and is still to be written. */
  pending: RootReached | TimestampTrusted | SnapshotTrusted | undefined;
  /** What is on the disk now. */
  saved: Remembered | undefined;
  /** The ETag of the timestamp that was answered last. */
  etag: string | undefined;
  /** The timestamp that was answered last. */
  timestamp: Uint8Array | undefined;
}

export async function answerNeed(need: Need, course: Course, world: World): Promise<Uint8Array | undefined> {
  if (need.from === 'cache') {
    return need.version === undefined ? undefined : world.cache.read(course.gun, need.role, need.version, need.maxLength);
  }
  if (need.need === 'timestamp') {
    course.timestamp = await newestTimestamp(need, course, world);
    return course.timestamp;
  }
  if (world.options.offline === true) return withoutServer(need, course);
  const first = need.need === 'root' && !course.resumes && course.firstRoot === undefined;
  if (first) course.firstRoot = need.version;
  const served = await world.server.file(course.gun, need.path, { maxLength: need.maxLength });
  if (first && served === undefined && course.found === undefined && course.anchor.pins.length === 0) {
    throw new TrustError('unsigned', `${course.gun} has no signed metadata, and none was ever seen here`);
  }
  return served === undefined || served === 'not-modified' ? undefined : served.bytes;
}

async function newestTimestamp(need: Need, course: Course, world: World): Promise<Uint8Array | undefined> {
  const remembered = course.saved?.files.timestamp;
  if (world.options.offline === true) return remembered ?? withoutServer(need, course);
  // Without the bytes that the ETag stands for, "not modified" would mean nothing.
  const etag = remembered === undefined ? undefined : course.saved?.etag;
  const served = await world.server.file(course.gun, need.path, { maxLength: need.maxLength, etag });
  if (served === 'not-modified') return remembered;
  course.etag = served?.etag;
  return served?.bytes;
}

/** Offline there is no newer root: how long that may last is what the timestamp's expiry says. */
function withoutServer(need: Need, course: Course): undefined {
  if (need.need === 'root' && course.resumes) return undefined;
  throw new ServerError('offline', `${course.gun}: ${need.path.slice(0, 80)} is not at hand, and no server may be asked`);
}
