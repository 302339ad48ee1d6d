// What a key may sign, where, and until when: as this machine knows it, or as the server says when a repository is named.
import type { Holder, RepositoryName, TrustedRepository } from '@countersign/client';
import { CountersignError, type Fingerprint, formatInstant, type Gun, type Instant } from '@countersign/core';
import { withTrust } from './compose/trust.ts';
import type { Call } from './tree/spec.ts';
import { recalledRoles, type WatchedRole } from './watched-roles.ts';

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
  withTrust(call, gun, 'first-contact', async ({ client }) => byKey([[gun, await heldRoles(await client.standing(gun))]]));

/** As it was seen last, without asking anybody. A repository that cannot be read says nothing here; `status` tells why. */
export async function usesKnown(call: Call, repositories: readonly RepositoryName[]): Promise<ReadonlyMap<Fingerprint, readonly KeyUse[]>> {
  const all: (readonly [Gun, readonly HeldRole[]])[] = [];
  for (const repository of repositories) all.push([repository.gun, await rolesKnown(call, repository)]);
  return byKey(all);
}

async function rolesKnown(call: Call, { gun, dialect }: RepositoryName): Promise<readonly HeldRole[]> {
  try {
    return await withTrust(call, { gun, dialect }, 'remembered', async ({ client }) => {
      try {
        return await heldRoles(await client.standing(gun));
      } catch (error) {
        // Its timestamp has run out, or a file is not in the cache: the root is remembered all the same.
        if (!(error instanceof CountersignError)) throw error;
        return recalledRoles(client, gun, { now: call.world.now(), warnDays: 0 });
      }
    });
  } catch (error) {
    if (error instanceof CountersignError) return [];
    throw error;
  }
}

type HeldRole = Pick<WatchedRole, 'role' | 'threshold' | 'expires'> & { readonly keys: readonly Pick<Holder, 'fingerprint'>[] };

/** Also those in which nothing was signed yet, at any depth; a role that two others delegate to, once for each. Bins belong to their role. */
async function heldRoles({ roles, delegations }: TrustedRepository): Promise<readonly HeldRole[]> {
  const top = [roles.root, roles.targets, roles.snapshot, roles.timestamp].map((one) => ({
    ...one,
    keys: one.keys.map((fingerprint) => ({ fingerprint })),
  }));
  const below = (await delegations()).filter(({ bins }) => bins === undefined);
  return [
    ...top.slice(0, 2),
    ...below.map(({ role, threshold, holders, published }) => ({ role, threshold, keys: holders, expires: published?.expires })),
    ...top.slice(2),
  ];
}

function byKey(all: readonly (readonly [Gun, readonly HeldRole[]])[]): ReadonlyMap<Fingerprint, readonly KeyUse[]> {
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
