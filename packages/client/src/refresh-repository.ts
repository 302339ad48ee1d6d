// One refresh: core's workflow, driven with the cache, the server and the rollback memory of this machine.
import {
  type Env,
  equalBytes,
  type Gun,
  type Instant,
  type Need,
  pinText,
  readingOnce,
  refresh,
  type TargetsTrusted,
  TrustError,
  type TrustedRoles,
  type Workflow,
} from '@countersign/core';
import { createAhead } from './ahead.ts';
import { answerNeed, askBeforehand } from './answer-need.ts';
import type { Course } from './course.ts';
import { drive } from './drive.ts';
import { StateError } from './errors.ts';
import { keepFloor, keepPending, keepStage } from './keep-stage.ts';
import { anchorText, type Known } from './memory.ts';
import { nextTurn } from './next-turn.ts';
import { type Overdue, readingEnv } from './overdue.ts';
import { openStateFolder } from './state-folder.ts';
import type { ReadingWorld } from './world.ts';

/** Fresh metadata, and the way to more of it. */
export interface Refreshed {
  readonly gun: Gun;
  readonly stage: TargetsTrusted;
  /** Delegated roles that were opened so far. */
  readonly trusted: TrustedRoles;
  readonly env: Env;
  /** Runs a search below the stage. */
  run<Result>(start: (env: Env) => Workflow<Result>): Promise<Result>;
}

/**
 * `overdue`: the roles that may have expired, because the caller is about to publish; empty for everybody else. `meanwhile` is done
 * once the name may be asked for at all, and must not throw.
 */
export async function refreshRepository(
  gun: Gun,
  world: ReadingWorld,
  overdue: Overdue,
  meanwhile: () => void = () => undefined,
): Promise<Refreshed> {
  const { now, crypto, limits } = world.options;
  const env: Env = { now: now(), crypto, limits, dialect: readingOnce(world.dialect) };
  const course = await startCourse(gun, world, env, meanwhile);
  const known = knownUnder(course, world);

  const run = <Result>(start: (env: Env) => Workflow<Result>, shortcut?: (need: Need) => Result | undefined): Promise<Result> => {
    const { env: seen, reading } = readingEnv(env, overdue);
    return drive(start(seen), {
      async answer(need) {
        const file = await answerNeed(need, course, world);
        reading(need);
        return file;
      },
      async keep(stage) {
        reading(undefined);
        await keepStage(stage, course, world);
      },
      ...(shortcut === undefined ? {} : { known: shortcut }),
    });
  };
  const stage = await settled(course, world, () =>
    run(
      (seen) => refresh(course.anchor, course.found?.floor, seen),
      (need) => stillKnown(need, known, course, env.now),
    ),
  );
  // A snapshot that came out of the cache was not kept on the way, and the pins may be new.
  await keepFloor(stage.before, course, world);
  await world.clock.raise(env.now);
  const trusted = stage === known?.stage ? unexpired(known.trusted, env.now) : new Map();
  remember(stage, trusted, course, world, env.now);
  return { gun, stage, trusted, env, run };
}

/** Remembers how far a refresh came, also when it was refused. */
async function settled<Result>(course: Course, world: ReadingWorld, act: () => Promise<Result>): Promise<Result> {
  try {
    const result = await act();
    await keepPending(course, world);
    return result;
  } catch (error) {
    // The refusal is what counts: a state folder that cannot be written fails the next run just as loudly.
    await keepPending(course, world).catch((second: unknown) => {
      if (!(second instanceof StateError)) throw second;
    });
    throw error;
  }
}

async function startCourse(gun: Gun, world: ReadingWorld, env: Env, meanwhile: () => void): Promise<Course> {
  const { folders } = world.options;
  await openStateFolder(folders.state, folders.owner);
  await world.clock.check(env.now);
  const anchor = await world.options.anchor(gun);
  if (anchor.gun !== gun) throw new TrustError('untrusted-root', `the anchor is for ${anchor.gun}, wanted one for ${gun}`);
  const floor = world.floors.open(gun, world.memory.get(gun)?.remembered);
  const resumes = floor !== undefined && anchor.pins.every((pin) => floor.pins.includes(pinText(pin)));
  const ahead = createAhead();
  if (resumes) askBeforehand(gun, floor, ahead, world);
  meanwhile();
  // The requests leave now, and their answers come while what was remembered is verified.
  if (floor?.isVerified === false) await nextTurn();
  const found = floor?.verify(env);
  return {
    gun,
    anchor,
    resumes,
    found,
    firstRoot: undefined,
    ahead,
    env,
    foreseen: new WeakMap(),
    walking: false,
    pending: undefined,
    writing: undefined,
    saved: found,
    root: resumes ? found?.floor.root : undefined,
    etag: found?.etag,
    timestamp: undefined,
  };
}

/** What this process knows, if it was reached from the same anchor and the disk remembers nothing newer. */
function knownUnder({ gun, anchor, found }: Course, world: ReadingWorld): Known | undefined {
  const known = world.memory.get(gun);
  return known !== undefined && known.remembered === found && known.anchor === anchorText(anchor) ? known : undefined;
}

/**
 * The need for targets comes after root, timestamp and snapshot were checked, against the clock of now. When all of them are what
 * they were, targets are what they were, and only their expiry is left to ask.
 */
function stillKnown(need: Need, known: Known | undefined, course: Course, now: Instant): TargetsTrusted | undefined {
  if (need.need !== 'targets' || known === undefined) return undefined;
  if (course.pending !== undefined || course.writing !== undefined || course.saved !== known.remembered) return undefined;
  const { targets, before } = known.stage;
  const same = course.timestamp !== undefined && equalBytes(course.timestamp, before.before.timestamp.file);
  return same && targets.content.expires > now ? known.stage : undefined;
}

const unexpired = (trusted: TrustedRoles, now: Instant): TrustedRoles =>
  new Map([...trusted].filter(([, role]) => role.content.expires > now));

function remember(stage: TargetsTrusted, trusted: TrustedRoles, { gun, anchor, saved }: Course, world: ReadingWorld, now: Instant): void {
  if (saved === undefined || stage.targets.content.expires <= now) return;
  world.memory.set(gun, { anchor: anchorText(anchor), remembered: saved, stage, trusted });
}
