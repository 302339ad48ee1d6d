// Publishing entries: find the role, open its keys, sign, upload, and tell what came of it.
import type { Holder, Published, TrustedRepository } from '@countersign/client';
import { type Fingerprint, type RoleName, type Signer, TARGETS, type TargetEntry } from '@countersign/core';
import { chooseRole, hiddenBehind } from './choose-role.ts';
import type { Trust } from './compose/opened.ts';
import { typed } from './given.ts';
import type { Passphrases } from './passphrase.ts';
import { type Renewals, renewalsFor, rolesAbove, signersHere } from './renewals.ts';
import { missingIn, signTogether, waitingText } from './sign-together.ts';
import { holdersText } from './signer-words.ts';
import { allKeysHere, checkNamed, keysHere, openNamed, openSignersFor, type RoleSigners, secretsOf, signersOf } from './signing-keys.ts';
import type { Call } from './tree/spec.ts';

export interface PublishedEntries {
  readonly role: RoleName;
  readonly signers: readonly Fingerprint[];
  /** The same, as people call them. */
  readonly by: string;
  /** Undefined while it waits for others. */
  readonly published: Published | undefined;
  readonly waits: { readonly text: string; readonly missing: readonly Holder[] } | undefined;
}

/** A role, and open keys that may sign in it. */
export interface Pen {
  readonly role: RoleName;
  readonly threshold: number;
  /** Whoever may sign in it, by name. */
  readonly holders: readonly Holder[];
  readonly signers: readonly Signer[];
  /** Roles that say the same, and the open keys that they need beside those. */
  readonly beside: { readonly roles: readonly RoleName[]; readonly signers: readonly Signer[] };
  /** What has to be, or may as well be, signed again on the way. */
  readonly renewals: Renewals;
}

/** What is to be signed: a name, whose role is looked for; or a role. */
export type Page = { readonly path: string } | { readonly role: RoleName };

/**
 * Finds the role (`--as`, or the first for `path` whose keys are here) and opens its keys, also where others must sign besides. Throws
 * CommandError `no-key`, KeyError, and TrustError `expired`.
 */
export async function takePen(call: Call, trust: Trust, page: Page): Promise<Pen> {
  const { client, gun, folders } = trust;
  const repository = await client.standing(gun);
  const secrets = secretsOf(call);
  const words = call.given.texts('key');
  const named = words.length === 0 ? undefined : await openNamed(call, folders, words, 'repository', secrets);
  const role = await roleOfPage(call, trust, repository, page, named);
  const wanted = await signersOf(repository, role);
  const signers = named === undefined ? await openWhatIsHere(call, trust, wanted, secrets) : checkNamed(wanted, named);
  const hides = 'path' in page ? await hiddenBehind(repository, page.path, role) : [];
  for (const other of hides) call.output.say(`note: ${role} is asked before ${other}, whose entry nobody finds from now on`);
  const { threshold, holders } = wanted;
  const beside = 'path' in page ? await besideHere(call, trust, repository, role, signers, named !== undefined, secrets) : NOBODY;
  if (signers.length < threshold) return { role, threshold, holders, signers, beside, renewals: { roles: [], signers: [] } };
  const above = await rolesAbove(repository, role);
  // Names in hash bins: a bin is signed, and the role that it is a piece of is one of those above it.
  const open = [...signers, ...beside.signers];
  const publish = (await repository.delegations()).some(({ bins, delegator }) => bins !== undefined && delegator === role)
    ? { drafted: new Set<RoleName>(), needed: new Set([...above, role]), open }
    : { drafted: new Set([role, ...beside.roles]), needed: above, open };
  return { role, threshold, holders, signers, beside, renewals: await renewalsFor(call, trust, repository, publish, secrets) };
}

const NOBODY = { roles: [], signers: [] };

/** Where a signer signs in a role of their own too (Docker): those roles whose keys are here, or are among the keys that were named. */
async function besideHere(
  call: Call,
  trust: Trust,
  repository: TrustedRepository,
  role: RoleName,
  open: readonly Signer[],
  named: boolean,
  secrets: Passphrases,
): Promise<Pen['beside']> {
  const roles: RoleName[] = [];
  const signers: Signer[] = [];
  for (const name of repository.beside(role)) {
    const wanted = await signersOf(repository, name);
    const here = [...open, ...signers].filter(({ key }) => wanted.keys.includes(key.fingerprint));
    const more = here.length >= wanted.threshold ? [] : named ? undefined : await signersHere(call, trust, wanted, here, secrets);
    if (more === undefined) continue;
    roles.push(name);
    signers.push(...more);
  }
  return { roles, signers };
}

async function roleOfPage(
  { given }: Call,
  { folders, dialect }: Trust,
  repository: TrustedRepository,
  page: Page,
  named: readonly Signer[] | undefined,
): Promise<RoleName> {
  const as = given.text('as');
  if (as !== undefined) return typed('--as', () => (as === 'targets' ? TARGETS : dialect.roleCalled(as)));
  if ('role' in page) return page.role;
  const here = named === undefined ? await allKeysHere(folders) : named.map(({ key }) => key.fingerprint);
  return chooseRole(repository, page.path, new Set(here));
}

/** Enough keys, or all that are here: others may sign the rest. Throws CommandError `no-key` where none is. */
async function openWhatIsHere(call: Call, { folders }: Trust, wanted: RoleSigners, secrets: Passphrases): Promise<readonly Signer[]> {
  const here = await keysHere(folders, wanted);
  const threshold = here.length === 0 ? wanted.threshold : Math.min(wanted.threshold, here.length);
  return openSignersFor(call, folders, { ...wanted, threshold }, secrets);
}

export async function publishEntries(
  call: Call,
  trust: Trust,
  pen: Pen,
  entries: ReadonlyMap<string, TargetEntry | undefined>,
): Promise<PublishedEntries> {
  const { role, holders, signers, beside, renewals } = pen;
  const { client, gun } = trust;
  const keys = signers.map(({ key }) => key.fingerprint);
  const facts = { role, signers: keys, by: holdersText(keys, holders) };
  if (signers.length < pen.threshold) {
    const { proposal, published } = await signTogether(call, trust, role, signers, entries);
    const missing = published === undefined ? missingIn(proposal) : undefined;
    const waits = missing && {
      text: waitingText(proposal, holders),
      missing: holders.filter(({ fingerprint }) => missing.includes(fingerprint)),
    };
    return { ...facts, published, waits };
  }
  call.output.progress(`publishing to ${gun}`);
  const change = { kind: 'entries', entries, as: role, also: beside.roles, renew: renewals.roles } as const;
  const published = await client.publish(gun, change, [...signers, ...beside.signers, ...renewals.signers]);
  if (renewals.roles.length > 0) call.output.say(`renewed ${renewals.roles.join(', ')} of ${gun}`);
  return { ...facts, published, waits: undefined };
}

export const publishedFacts = ({ role, signers, published, waits }: PublishedEntries): Readonly<Record<string, unknown>> => ({
  role,
  signers,
  versions: Object.fromEntries(published?.versions ?? []),
  ...(waits === undefined ? {} : { pending: true, missing: waits.missing }),
});
