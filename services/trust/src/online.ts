// Keeps timestamps fresh: signed anew when somebody reads one with less than half of its life left, never by a timer. This is the
// one place that writes because of a read.
import { TIMESTAMP } from '@countersign/core';
import type { Head, RepositoryRef } from '@countersign/store';
import { RequestError } from './errors.ts';
import { againAfter } from './finish-lost.ts';
import { newest, renewOnce } from './renew-once.ts';
import { keyOf } from './repository.ts';
import type { Manner } from './signing/publish-note.ts';
import { servedHead } from './standing.ts';
import { freshOf } from './timestamp-answer.ts';
import type { Fresh, World } from './world.ts';

// How long a stored timestamp goes on being served after signing anew failed, before that is tried once more.
const PAUSE = 1_000;
// How long a reader waits for a new timestamp where the stored one is still good.
const PATIENCE = 2_000;
const MOST_ATTEMPTS = 3;

/** What ends a read also where a stored timestamp is still good. */
const STOPS: ReadonlySet<string> = new Set(['not-found', 'restored-store']);

/**
 * The timestamp that `head` has, or the one that replaces it. Whoever comes while it is being replaced waits for that one signature.
 * When replacing fails, the stored one is served until it expires. Throws RequestError: `expired`, `not-found` or `restored-store`.
 */
export async function freshTimestamp(world: World, repository: RepositoryRef, head: Head): Promise<Fresh> {
  const stored = await storedTimestamp(world, repository, head);
  const now = world.now();
  if (now < stored.until) return stored;
  const lasting = now < stored.expires ? { ...stored, until: Math.min(now + PAUSE, stored.expires) } : undefined;
  try {
    const renewed = world.refreshes.run(keyOf(repository), () => refresh(world, repository));
    // What is valid is served, however slow the service that signs.
    return lasting === undefined ? await renewed : ((await inTime(renewed, PATIENCE)) ?? lasting);
  } catch (error) {
    if (error instanceof RequestError && STOPS.has(error.code)) throw error;
    world.counts.failedRefreshes += 1;
    world.log.error({ gun: repository.gun, err: error }, 'a timestamp cannot be signed anew');
    if (lasting !== undefined) return lasting;
    const text = `the timestamp of ${repository.gun} has expired, and this server cannot sign a new one`;
    throw new RequestError('expired', text, { cause: error });
  }
}

async function inTime<Result>(work: Promise<Result>, patience: number): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patience);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function refresh(world: World, repository: RepositoryRef): Promise<Fresh> {
  let manner: Manner = {};
  for (let attempt = 1; ; attempt += 1) {
    const head = await servedHead(world, repository);
    const stored = await storedTimestamp(world, repository, head);
    if (world.now() < stored.until) return stored; // a publish came first
    try {
      const next = await renewOnce(world, repository, head, manner);
      // Of an imported repository whose owner has not named this server's key yet. The file that stands is all there is, also when it has
      // expired: clients see that for themselves, while an error would send some of them to what they remember.
      return next === undefined ? { ...stored, until: Number.POSITIVE_INFINITY } : await storedTimestamp(world, repository, next);
    } catch (error) {
      if (attempt === MOST_ATTEMPTS) throw error;
      const again = await againAfter(error, world, repository, head);
      if (again === undefined) throw error;
      manner = again;
    }
  }
}

async function storedTimestamp(world: World, repository: RepositoryRef, head: Head): Promise<Fresh> {
  const { bytes } = await newest(world, repository, head, TIMESTAMP);
  return freshOf(world, repository, head, bytes);
}
