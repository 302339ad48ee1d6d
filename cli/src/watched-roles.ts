// When each role of a repository expires, from which day on somebody should act, and who can.
import type { TrustClient, TrustedRepository } from '@countersign/client';
import { type Fingerprint, type Instant, type RoleName, SNAPSHOT, TIMESTAMP } from '@countersign/core';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The server renews from half of a life on, whenever it is asked: what has so little left was not renewed. */
const SERVER_WARNS = 12 * HOUR;

export interface WatchedRole {
  readonly role: RoleName;
  readonly version: number | undefined;
  /** Undefined for a role that cannot be read, or was not seen. */
  readonly expires: Instant | undefined;
  /** From here on it should be renewed. */
  readonly warns: Instant | undefined;
  readonly state: 'ok' | 'due' | 'expired' | 'broken' | 'unknown';
  readonly threshold: number;
  readonly keys: readonly { readonly fingerprint: Fingerprint; readonly name: string | undefined }[];
  /** Why it is broken. */
  readonly problem: string | undefined;
}

export interface Watch {
  readonly now: Instant;
  /** Days before the expiry of a role that people sign. */
  readonly warnDays: number;
}

/** All roles that have signed something, in the order of their power. */
export async function watchedRoles({ roles, delegations }: TrustedRepository, watch: Watch): Promise<readonly WatchedRole[]> {
  const top = [roles.root, roles.targets, roles.snapshot, roles.timestamp].map((one) =>
    watched({ ...one, seen: one, holders: one.keys.map((fingerprint) => ({ fingerprint, name: undefined })) }, watch),
  );
  const below = (await delegations()).flatMap(({ role, threshold, holders, published, problem }) => {
    if (problem !== undefined) return [{ ...watched({ role, threshold, holders, seen: undefined }, watch), ...broken(problem.message) }];
    return published === undefined ? [] : [watched({ role, threshold, holders, seen: published }, watch)];
  });
  const seen = new Set<RoleName>();
  // A role that two others delegate to stands there twice, and is one file.
  return [...top.slice(0, 2), ...below, ...top.slice(2)].filter(({ role }) => !seen.has(role) && seen.add(role));
}

/** What was seen last; of the server's roles nothing, because they change by themselves. */
export async function recalledRoles(client: TrustClient, gun: TrustedRepository['gun'], watch: Watch): Promise<readonly WatchedRole[]> {
  const roles = (await client.recall(gun)).filter(({ role }) => !isServers(role));
  return roles.map((one) => watched({ ...one, holders: one.keys.map((fingerprint) => ({ fingerprint, name: undefined })) }, watch));
}

interface Seen {
  readonly role: RoleName;
  readonly threshold: number;
  readonly holders: WatchedRole['keys'];
  readonly seen: { readonly version: number; readonly expires: Instant } | undefined;
}

function watched({ role, threshold, holders, seen }: Seen, { now, warnDays }: Watch): WatchedRole {
  const before = isServers(role) ? SERVER_WARNS : warnDays * DAY;
  const warns = seen && ((seen.expires - before) as Instant);
  return {
    role,
    version: seen?.version,
    expires: seen?.expires,
    warns,
    state: seen === undefined || warns === undefined ? 'unknown' : seen.expires <= now ? 'expired' : warns <= now ? 'due' : 'ok',
    threshold,
    keys: holders,
    problem: undefined,
  };
}

const broken = (problem: string): Pick<WatchedRole, 'state' | 'problem'> => ({ state: 'broken', problem });

/** Held by the server, in every repository of ours. */
export const isServers = (role: RoleName): boolean => role === TIMESTAMP || role === SNAPSHOT;

/** Whether somebody should act: also for a role that cannot be read. */
export const wantsAction = ({ state }: WatchedRole): boolean => state === 'due' || state === 'expired' || state === 'broken';
