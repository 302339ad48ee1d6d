// Where the bytes come from: the cache where core says so, otherwise the server, and for the timestamp the server's word that
// nothing has changed.
import {
  type Dialect,
  firstVersions,
  type Gun,
  type Need,
  parseVersion,
  ROOT,
  TIMESTAMP,
  TrustError,
  type Version,
} from '@countersign/core';
import type { Ahead, Answer } from './ahead.ts';
import type { Course } from './course.ts';
import { ServerError } from './errors.ts';
import type { FloorFile } from './floor-file.ts';
import { type Foreseeable, foresee, foreseeRoot } from './foresee.ts';
import { nextTurn } from './next-turn.ts';
import type { ReadingWorld } from './world.ts';

export async function answerNeed(need: Need, course: Course, world: ReadingWorld): Promise<Uint8Array | undefined> {
  if (need.from === 'cache') return world.cache.read(course.gun, need, need.maxLength);
  if (need.need === 'timestamp') {
    course.timestamp = await newestTimestamp(need, course, world);
    return foreseen('timestamp', course.timestamp, course, world);
  }
  if (world.options.offline === true) return withoutServer(need, course);
  if (need.need === 'root' && need.version !== undefined) return rootFile(need, need.version, course, world);
  const served = await course.ahead.take(need.path, () => askFile(need.path, need.maxLength, course, world));
  const bytes = served === undefined || served === 'not-modified' ? undefined : served.bytes;
  return need.need === 'snapshot' || need.need === 'targets' ? foreseen(need.need, bytes, course, world) : bytes;
}

/** `bytes`, once what they name was asked for and their signatures were looked at. */
async function foreseen(
  kind: Foreseeable,
  bytes: Uint8Array | undefined,
  course: Course,
  world: ReadingWorld,
): Promise<Uint8Array | undefined> {
  const { offline, requests } = world.options;
  if (offline !== true && requests !== 'in-order' && bytes !== undefined) await foresee(kind, bytes, course, world);
  return bytes;
}

/** Asks for what a refresh that goes on from `floor` needs first, before anything in it is verified: judged are the answers, later. */
export function askBeforehand(gun: Gun, floor: FloorFile, ahead: Ahead, world: ReadingWorld): void {
  const { offline, requests, limits } = world.options;
  if (offline === true || requests === 'in-order') return;
  const path = nextRootPath(floor.versions[0], world.dialect);
  const timestamp = timestampPath(world.dialect);
  ahead.send(path, () => world.server.file(gun, path, { maxLength: limits.rootBytes }));
  const etag = floor.hasTimestamp ? floor.etag : undefined;
  ahead.send(timestamp, () => world.server.file(gun, timestamp, { maxLength: limits.timestampBytes, etag }));
}

const nextRootPath = (version: number, dialect: Dialect): string =>
  dialect.path({ role: ROOT, version: parseVersion(version + 1, 'root version'), consistent: true });

async function rootFile(need: Need, version: Version, course: Course, world: ReadingWorld): Promise<Uint8Array | undefined> {
  const first = !course.resumes && course.firstRoot === undefined;
  if (first) course.firstRoot = version;
  const ask = (path: string) => () => askFile(path, need.maxLength, course, world);
  const answer = course.ahead.take(need.path, ask(need.path));
  const ahead = world.options.requests !== 'in-order';
  if (first && ahead) {
    const next = nextRootPath(version, world.dialect);
    course.ahead.send(next, ask(next));
  }
  // On a chain of new roots every timestamp but the last would be for nothing, and so would one beside the look after a timestamp.
  if (!course.walking && course.timestamp === undefined && ahead)
    course.ahead.send(timestampPath(world.dialect), () => askTimestamp(course, world));
  if (first) {
    // A machine that begins makes its folders while the first answer travels. A failure that comes meanwhile is told below.
    answer.catch(() => undefined);
    await nextTurn();
    await world.cache.prepare(course.gun);
  }
  const served = await answer;
  if (first && ahead && served !== undefined && served !== 'not-modified') await foreseeRoot(served.bytes, course);
  if (served === undefined || served === 'not-modified') {
    // Where a first root may be another one, that is asked for next.
    if (first && firstVersions(course.env).some((other) => other > version)) {
      course.firstRoot = undefined;
      return undefined;
    }
    if (!first || course.found !== undefined || course.anchor.pins.length > 0) return undefined;
    throw new TrustError('unsigned', `${course.gun} has no signed metadata, and none was ever seen here`, { details: { status: 404 } });
  }
  // A newer root may have come with a new timestamp key: the timestamp belongs to the newest root, and is asked for after it.
  if (!first) course.ahead.forget(timestampPath(world.dialect));
  return served.bytes;
}

const timestampPath = (dialect: Dialect): string => dialect.path({ role: TIMESTAMP, version: undefined, consistent: true });

function askFile(path: string, maxLength: number, { gun }: Course, world: ReadingWorld): Promise<Answer> {
  return world.server.file(gun, path, { maxLength });
}

function askTimestamp({ gun, saved }: Course, world: ReadingWorld): Promise<Answer> {
  // Without the bytes that the ETag stands for, "not modified" would mean nothing.
  const etag = saved?.files.timestamp === undefined ? undefined : saved.etag;
  return world.server.file(gun, timestampPath(world.dialect), { maxLength: world.options.limits.timestampBytes, etag });
}

async function newestTimestamp(need: Need, course: Course, world: ReadingWorld): Promise<Uint8Array | undefined> {
  const remembered = course.saved?.files.timestamp;
  if (world.options.offline === true) return remembered ?? withoutServer(need, course);
  const served = await course.ahead.take(need.path, () => askTimestamp(course, world));
  if (served === 'not-modified') return remembered;
  course.etag = served?.etag;
  return served?.bytes;
}

/** Offline there is no newer root: how long that may last is what the timestamp's expiry says. */
function withoutServer(need: Need, course: Course): undefined {
  if (need.need === 'root' && course.resumes) return undefined;
  throw new ServerError('offline', `${course.gun}: ${need.path.slice(0, 80)} is not at hand, and no server may be asked`);
}
