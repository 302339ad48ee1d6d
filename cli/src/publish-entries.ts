// Publishing entries: find the role, open its keys, sign, upload, and tell what came of it.
import type { Published } from '@countersign/client';
import { parseOwnRoleName, type RoleName, type Signer, TARGETS, type TargetEntry } from '@countersign/core';
import type { Trust } from './compose/opened.ts';
import { typed } from './given.ts';
import { type Renewals, renewalsFor, rolesAbove } from './renewals.ts';
import { openSignersFor, secretsOf, signersOf, usualRole } from './signing-keys.ts';
import type { Call } from './tree/spec.ts';

export interface PublishedEntries {
  readonly role: RoleName;
  readonly signers: readonly string[];
  readonly published: Published;
}

/** A role, and open keys that may sign in it. */
export interface Pen {
  readonly role: RoleName;
  readonly signers: readonly Signer[];
  /** What has to be, or may as well be, signed again on the way. */
  readonly renewals: Renewals;
}

/** Finds the role (`--as`, or else `role`, or else the usual one) and opens its keys. Throws CommandError `no-key`, KeyError, and TrustError `expired`. */
export async function takePen(call: Call, trust: Trust, role?: RoleName): Promise<Pen> {
  const { client, gun, folders } = trust;
  const repository = await client.standing(gun);
  const named = call.given.text('as');
  const as = named === undefined ? (role ?? (await usualRole(repository))) : typed('--as', () => parseAnyRole(named));
  const secrets = secretsOf(call);
  const signers = await openSignersFor(call, folders, await signersOf(repository, as), call.given.texts('key'), secrets);
  const publish = { drafted: new Set([as]), needed: await rolesAbove(repository, as), open: signers };
  return { role: as, signers, renewals: await renewalsFor(call, trust, repository, publish, secrets) };
}

export async function publishEntries(
  call: Call,
  { client, gun }: Trust,
  { role, signers, renewals }: Pen,
  entries: ReadonlyMap<string, TargetEntry | undefined>,
): Promise<PublishedEntries> {
  call.output.progress(`publishing to ${gun}`);
  const change = { kind: 'entries', entries, as: role, renew: renewals.roles } as const;
  const published = await client.publish(gun, change, [...signers, ...renewals.signers]);
  if (renewals.roles.length > 0) call.output.say(`renewed ${renewals.roles.join(', ')} of ${gun}`);
  return { role, signers: signers.map(({ key }) => key.fingerprint), published };
}

/** `targets` is the one top-level role in which names can be signed. */
const parseAnyRole = (text: string): RoleName => (text === 'targets' ? TARGETS : parseOwnRoleName(text));

export const publishedFacts = ({ role, signers, published }: PublishedEntries): Readonly<Record<string, unknown>> => ({
  role,
  signers,
  versions: Object.fromEntries(published.versions),
});
