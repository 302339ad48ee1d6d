// The latest time this machine has seen, so that a clock that was set back is noticed: every expiry check hangs on it. The time is
// the name of an empty file: a name is whole or absent, so no power cut can tear it, and it costs no sync.
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { checkClock, FormatError, formatInstant, type Instant, parseInstant, TrustError } from '@countersign/core';
import { removeIfThere, systemCode } from './durable-file.ts';
import { makeFolder } from './make-folder.ts';
import { namesIn } from './names-in.ts';
import { damaged, unwritable } from './state-errors.ts';

const MINUTE = 60_000;

export interface Clock {
  /** Throws TrustError('clock') when `now` is before the build, or more than 5 minutes behind what was seen. */
  check(now: Instant): Promise<void>;
  /** Remembers `now`, at most once a minute. Only for a refresh that was completed: until then nobody vouches for the time. */
  raise(now: Instant): Promise<void>;
}

export interface ClockOptions {
  /** The state folder. */
  readonly folder: string;
  readonly builtAt: Instant;
}

export function openClock({ folder, builtAt }: ClockOptions): Clock {
  const home = join(folder, 'clock');
  let latest: Instant | undefined;

  async function check(now: Instant): Promise<void> {
    if (now < builtAt) {
      throw new TrustError('clock', `the clock shows ${formatInstant(now)}, but this program was built at ${formatInstant(builtAt)}`);
    }
    for (const name of namesIn(home)) {
      const seen = readName(join(home, name), name);
      if (latest === undefined || seen > latest) latest = seen;
    }
    if (latest !== undefined) checkAgainst(now, latest, join(home, writeName(latest)));
  }

  async function raise(now: Instant): Promise<void> {
    if (latest !== undefined && now - latest < MINUTE) return;
    try {
      const name = writeName(now);
      create(home, name);
      latest = now;
      // Only after the new one is there; one that another process wrote may be higher, and stays.
      for (const other of namesIn(home)) if (other < name) await removeIfThere(join(home, other));
    } catch (error) {
      throw unwritable(home, error);
    }
  }

  return { check, raise };
}

/** `20300131T235959Z`: sorts as time does, and is a legal name on every system. */
const writeName = (now: Instant): string => formatInstant(now).replaceAll(/[-:]/g, '');

/** Says where the time is remembered: a clock that was ahead once leaves a memory that somebody has to look at. */
function checkAgainst(now: Instant, latest: Instant, path: string): void {
  try {
    checkClock(now, latest);
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    throw new TrustError(error.code, `${error.message} (${path})`, { cause: error, details: { ...error.details, path } });
  }
}

function readName(path: string, name: string): Instant {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(name);
  try {
    if (match === null) throw new FormatError('malformed', 'clock: wanted a name like 20300131T235959Z');
    const [, year, month, day, hour, minute, second] = match;
    return parseInstant(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`, 'clock');
  } catch (error) {
    throw damaged(path, error);
  }
}

function create(home: string, name: string): void {
  const path = join(home, name);
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    makeFolder(home);
    closeSync(openSync(path, 'a', 0o600));
  }
}
