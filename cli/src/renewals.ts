// What expires soon, and what a publish renews on its way: without this, a repository whose publishers sign tags and nothing else
// ends on the day its targets expire.
import type { TrustedRepository } from '@countersign/client';
import { formatInstant, type Gun, type Instant, ROOT, type RoleName, type Signer, TARGETS, TrustError } from '@countersign/core';
import type { Trust } from './compose/opened.ts';
import { counted } from './counted.ts';
import { CommandError } from './errors.ts';
import type { Output } from './output.ts';
import type { Passphrases } from './passphrase.ts';
import { keysHere, openSignersFor, type RoleSigners } from './signing-keys.ts';
import type { Call } from './tree/spec.ts';

const DAY = 86_400_000;
/** From here on a role is due: said on every occasion, and renewed by whoever publishes with its keys at hand. */
const DUE = 30 * DAY;

/** A role that people sign, and until when it holds. */
export interface Deadline extends RoleSigners {
  readonly version: number;
  readonly expires: Instant;
}

/** Every role that people sign and that has signed something; timestamp and snapshot are the server's to renew. */
export async function deadlinesOf(repository: TrustedRepository): Promise<readonly Deadline[]> {
  const top = [repository.roles.root, repository.roles.targets].map((role) => ({ ...role, holders: [] }));
  const below = (await repository.delegations()).flatMap(({ role, threshold, keys, holders, published }): readonly Deadline[] =>
    published === undefined ? [] : [{ role, threshold, keys, holders, ...published }],
  );
  const seen = new Set<RoleName>();
  // A role that two others delegate to stands there twice, and is one file.
  return [...top, ...below].filter(({ role }) => !seen.has(role) && seen.add(role));
}

const isDue = ({ expires }: Pick<Deadline, 'expires'>, now: Instant): boolean => expires - now < DUE;

/** One line on stderr for each role that is due, with the command that renews it. */
export function sayDue(output: Output, { gun }: Pick<Trust, 'gun'>, deadlines: readonly Deadline[], now: Instant): void {
  for (const deadline of deadlines) {
    if (!isDue(deadline, now)) continue;
    output.say(`${output.paint.red('warning:')} ${deadline.role} of ${gun} ${whenText(deadline, now)}: ${renewalCommand(gun, deadline)}`);
  }
}

/** What renews a role. Where several people sign, `renew` alone does nothing: one half is asked for by name, a root is proposed. */
export function renewalCommand(gun: Gun, { role, threshold }: Pick<Deadline, 'role' | 'threshold'>): string {
  if (threshold === 1) return `countersign renew ${gun}`;
  if (role === ROOT)
    return `countersign root propose ${gun} --expires TIME, or countersign renew ${gun} where ${threshold} of its keys are`;
  return `countersign renew ${gun} --role ${role}, by ${threshold} of its signers`;
}

/** `expires in 12 days`, `expired at 2026-11-21T12:00:00Z`. */
function whenText({ expires }: Pick<Deadline, 'expires'>, now: Instant): string {
  if (expires <= now) return `expired at ${formatInstant(expires)}`;
  const days = Math.floor((expires - now) / DAY);
  return `expires in ${counted(days, 'day')}`;
}

/** What goes along with a publish. */
export interface Renewals {
  readonly roles: readonly RoleName[];
  /** Beside those that were open already. */
  readonly signers: readonly Signer[];
}

/**
 * The roles above and around a publish that are due and whose keys are here; `drafted` are signed anew anyway. A root that still
 * holds is left alone, its key belongs elsewhere. Says on stderr what stays due. Throws TrustError `expired`, naming who can renew,
 * when one of `needed` has expired and its keys are not here: what was published below it could not be verified by anybody.
 */
export async function renewalsFor(
  call: Call,
  trust: Trust,
  repository: TrustedRepository,
  publish: { readonly drafted: ReadonlySet<RoleName>; readonly needed: ReadonlySet<RoleName>; readonly open: readonly Signer[] },
  secrets: Passphrases,
): Promise<Renewals> {
  const now = call.world.now();
  const due = (await deadlinesOf(repository)).filter((one) => isDue(one, now) && !publish.drafted.has(one.role));
  const roles: RoleName[] = [];
  const signers: Signer[] = [];
  const left: Deadline[] = [];
  for (const deadline of due) {
    const expired = deadline.expires <= now;
    const here =
      expired || deadline.role !== ROOT ? await signersHere(call, trust, deadline, [...publish.open, ...signers], secrets) : undefined;
    if (publish.needed.has(deadline.role) && here !== undefined) {
      roles.push(deadline.role);
      signers.push(...here);
    } else if (publish.needed.has(deadline.role) && expired) throw cannotRenew(trust, deadline);
    else left.push(deadline);
  }
  sayDue(call.output, trust, left, now);
  return { roles, signers };
}

/** The signers that a role still needs beside `open`; undefined when too few of its keys are here. No key is opened twice. */
export async function signersHere(
  call: Call,
  { folders }: Trust,
  wanted: RoleSigners,
  open: readonly Signer[],
  secrets: Passphrases,
): Promise<readonly Signer[] | undefined> {
  const have = new Set(open.map(({ key }) => key.fingerprint).filter((one) => wanted.keys.includes(one)));
  const threshold = wanted.threshold - have.size;
  if (threshold <= 0) return [];
  const others = { ...wanted, threshold, keys: wanted.keys.filter((key) => !have.has(key)) };
  if ((await keysHere(folders, others)).length < threshold) return undefined;
  try {
    return await openSignersFor(call, folders, others, secrets);
  } catch (error) {
    // Noted here, and on a token that is elsewhere today.
    if (error instanceof CommandError && error.code === 'no-key') return undefined;
    throw error;
  }
}

function cannotRenew({ gun }: Trust, { role, version, expires, threshold, keys }: Deadline): TrustError {
  const who = keys.map((key) => key.slice(0, 16)).join(', ');
  const text = `${role} v${version} of ${gun} expired at ${formatInstant(expires)}, and it takes ${threshold} of the keys ${who} to renew it: too few of them are here`;
  return new TrustError('expired', text, { details: { role, version, expires: formatInstant(expires), threshold, keys } });
}

/** The roles through which a search comes to `role`, root and targets first. */
export async function rolesAbove(repository: TrustedRepository, role: RoleName): Promise<ReadonlySet<RoleName>> {
  const above = new Set<RoleName>([ROOT, TARGETS]);
  const delegations = await repository.delegations();
  for (let at: RoleName | undefined = role; at !== undefined; ) {
    const below: RoleName = at;
    at = delegations.find((one) => one.role === below && !above.has(one.delegator))?.delegator;
    if (at !== undefined) above.add(at);
  }
  return above;
}
