// The latest time this machine has seen, so that a clock that was set back is noticed: every expiry check hangs on it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Cryptography,
  checkClock,
  formatInstant,
  type Instant,
  jsonObject,
  memberString,
  parseInstant,
  TrustError,
} from '@countersign/core';
import { systemCode, writeWhole } from './durable-file.ts';
import { readSealed, writeSealed } from './sealed-json.ts';
import { damaged, unwritable } from './state-errors.ts';

const MINUTE = 60_000;

export interface Clock {
  /** Throws TrustError('clock') when `now` is before the build, or more than 5 minutes behind what was seen. */
  check(now: Instant): Promise<void>;
  /** Remembers `now`, at most once a minute. Only for a refresh that was completed: until then nobody vouches for the time. */
  raise(now: Instant): Promise<void>;
}

export interface ClockOptions {
  readonly folder: string;
  readonly builtAt: Instant;
  readonly crypto: Cryptography;
  readonly random: (length: number) => Uint8Array;
}

export function openClock({ folder, builtAt, crypto, random }: ClockOptions): Clock {
  const path = join(folder, 'clock.json');
  let latest: Instant | undefined;

  function read(): Instant | undefined {
    try {
      const members = readSealed(readFileSync(path), 'clock', crypto);
      return parseInstant(memberString(members, 'latest', 'clock'), 'clock.latest');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw damaged(path, error);
    }
  }

  async function check(now: Instant): Promise<void> {
    if (now < builtAt) {
      throw new TrustError('clock', `the clock shows ${formatInstant(now)}, but this program was built at ${formatInstant(builtAt)}`);
    }
    latest = read();
    if (latest !== undefined) checkClock(now, latest);
  }

  async function raise(now: Instant): Promise<void> {
    if (latest !== undefined && now - latest < MINUTE) return;
    try {
      // A power cut may cost a minute of this, not the file.
      await writeWhole(path, writeSealed(jsonObject({ schema: 1, latest: formatInstant(now) }), crypto), { random, promise: 'synced' });
      latest = now;
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  return { check, raise };
}
