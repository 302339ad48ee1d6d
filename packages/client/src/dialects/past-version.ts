// Where a role of Notary goes on that was taken away and comes back. A notary-server keeps every version of every role and takes none that
// is not above all of them, while the snapshot lists the role no longer: begun again at 1, it could never be published.
import { notary, type RoleName, rootOf, type Version } from '@countersign/core';
import { PublishError, ServerError } from '../errors.ts';
import type { Refreshed } from '../refresh-repository.ts';
import { stillStands } from '../still-stands.ts';
import type { World } from '../world.ts';

// Nobody publishes a role so often. A server that says otherwise wants the numbers used up (Cure53's TUF-01-002).
const HIGHEST = 1_000_000;

/**
 * The highest version of a role that no fresh file lists, by what this machine remembers and by the server's word, which is believed in
 * nothing but which number to leave out. Throws PublishError: `refused` for an absurd one, `conflict` when somebody published meanwhile:
 * what they signed in this very role would be overwritten.
 */
export async function pastVersion(role: RoleName, repository: Refreshed, world: World): Promise<number> {
  const seen = rootOf(repository.stage).floor?.roles.get(role)?.version ?? 0;
  const stored = await storedVersion(role, repository, world);
  if (stored > 0 && !(await stillStands(repository, world)))
    throw new PublishError('conflict', `${repository.gun}: somebody published while this was drafted`);
  return Math.max(seen, stored);
}

async function storedVersion(role: RoleName, { gun, env }: Refreshed, world: World): Promise<number> {
  const maxLength = env.limits.targetsBytes;
  const read = async (path: string): Promise<Version | undefined> => {
    const served = await world.server.file(gun, path, { maxLength });
    if (served === undefined || served === 'not-modified') return undefined;
    return notary.parse('targets', role, served.bytes, env).content.version;
  };
  const newest = (await orNothing(() => read(`${role}.json`))) ?? (await gallop((version) => read(`${version}.${role}.json`)));
  if (newest <= HIGHEST) return newest;
  throw new PublishError('refused', `${gun}: the server says that ${role} was at version ${newest}, and nobody publishes so often`);
}

/** A notary-server over SQL answers 500 for the current file of a role that it does not have. */
async function orNothing<Value>(read: () => Promise<Value | undefined>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ServerError && error.details['status'] === 500) return undefined;
    throw error;
  }
}

// Clients of Notary begin at 1 or 2, and lose a version now and then.
const FIRST_VERSIONS = [1, 2, 3, 4];

/** The newest stored version, found in steps that double, then halve. */
async function gallop(read: (version: number) => Promise<Version | undefined>): Promise<number> {
  let there = 0;
  for (const version of FIRST_VERSIONS) if ((await read(version)) !== undefined) there = version;
  if (there === 0) return 0;
  let step = 1;
  for (; there + step <= HIGHEST * 2 && (await read(there + step)) !== undefined; step *= 2) there += step;
  for (; step >= 1; step = Math.floor(step / 2)) if ((await read(there + step)) !== undefined) there += step;
  return there;
}
