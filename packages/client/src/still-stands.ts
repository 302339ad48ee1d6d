// Whether what a publish is built on is still the newest: the server shows the same timestamp, byte for byte.
import { equalBytes, TIMESTAMP } from '@countersign/core';
import type { Refreshed } from './refresh-repository.ts';
import type { World } from './world.ts';

/** False also when the server only signed its timestamp again: whoever asks begins anew, and finds out. */
export async function stillStands({ gun, stage, env }: Refreshed, world: World): Promise<boolean> {
  const path = env.dialect.path({ role: TIMESTAMP, version: undefined, consistent: env.dialect.consistentSnapshot });
  const served = await world.server.file(gun, path, { maxLength: env.limits.timestampBytes });
  return served !== undefined && served !== 'not-modified' && equalBytes(served.bytes, stage.before.before.timestamp.file);
}
