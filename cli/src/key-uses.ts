// What a key may sign, where, and until when: as this machine knows it, or as the server says when a repository is named.
import { CountersignError, type Fingerprint, formatInstant, type Gun, type Instant } from '@countersign/core';
import { withTrust } from './compose/trust.ts';
import type { Call } from './tree/spec.ts';
import { recalledRoles, type WatchedRole, watchedRoles } from './watched-roles.ts';

/** One role that a key may sign. */
export interface KeyUse {
  readonly gun: Gun;
  readonly role: string;
  readonly threshold: number;
  /** How many keys the role has. */
  readonly of: number;
  /** Until when what was signed last holds; undefined when that is not known here. */
  readonly expires: Instant | undefined;
}

/** As the server shows it. Throws what is wrong. */
export const usesNow = (call: Call, gun: Gun): Promise<ReadonlyMap<Fingerprint, readonly KeyUse[]>> =>
  withTrust(call, gun, 'first-contact', async ({ client }) => byKey([[gun, await watchedRoles(await client.standing(gun), watch(call))]]));

/** As it was seen last, without asking anybody. A repository that cannot be read says nothing here; `status` tells why. */
export async function usesKnown(call: Call, guns: readonly Gun[]): Promise<ReadonlyMap<Fingerprint, readonly KeyUse[]>> {
  const all: (readonly [Gun, readonly WatchedRole[]])[] = [];
  for (const gun of guns) all.push([gun, await rolesKnown(call, gun)]);
  return byKey(all);
}

async function rolesKnown(call: Call, gun: Gun): Promise<readonly WatchedRole[]> {
  try {
    return await withTrust(call, gun, 'remembered', async ({ client }) => {
      try {
        return await watchedRoles(await client.standing(gun), watch(call));
      } catch (error) {
        // Its timestamp has run out, or a file is not in the cache: the root is remembered all the same.
        if (!(error instanceof CountersignError)) throw error;
        return recalledRoles(client, gun, watch(call));
      }
    });
  } catch (error) {
    if (error instanceof CountersignError) return [];
    throw error;
  }
}

const watch = ({ world }: Call) => ({ now: world.now(), warnDays: 0 });

function byKey(all: readonly (readonly [Gun, readonly WatchedRole[]])[]): ReadonlyMap<Fingerprint, readonly KeyUse[]> {
  const uses = new Map<Fingerprint, KeyUse[]>();
  for (const [gun, roles] of all) {
    for (const { role, threshold, expires, keys } of roles) {
      for (const { fingerprint } of keys) {
        uses.set(fingerprint, [...(uses.get(fingerprint) ?? []), { gun, role, threshold, of: keys.length, expires }]);
      }
    }
  }
  return uses;
}

export const useFacts = ({ expires, ...use }: KeyUse): object => ({
  ...use,
  ...(expires === undefined ? {} : { expires: formatInstant(expires) }),
});

/** `  releases of registry.example.com/app, until 2027-11-21` */
export function useLine({ gun, role, threshold, expires }: KeyUse): string {
  const together = threshold === 1 ? '' : `, ${threshold} together`;
  return `  ${role} of ${gun}${together}${expires === undefined ? '' : `, until ${formatInstant(expires).slice(0, 10)}`}`;
}
