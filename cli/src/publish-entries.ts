// Publishing entries: find the role, open its keys, sign, upload, and tell what came of it.
import type { Holder, Published, TrustedRepository } from '@countersign/client';
import { type Fingerprint, parseOwnRoleName, type RoleName, type Signer, TARGETS, type TargetEntry } from '@countersign/core';
import { chooseRole, hiddenBehind } from './choose-role.ts';
import type { Trust } from './compose/opened.ts';
import { typed } from './given.ts';
import type { Passphrases } from './passphrase.ts';
import { type Renewals, renewalsFor, rolesAbove } from './renewals.ts';
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
  if (signers.length < threshold) return { role, threshold, holders, signers, renewals: { roles: [], signers: [] } };
  const above = await rolesAbove(repository, role);
  // Names in hash bins: a bin is signed, and the role that it is a piece of is one of those above it.
  const publish = (await repository.delegations()).some(({ bins, delegator }) => bins !== undefined && delegator === role)
    ? { drafted: new Set<RoleName>(), needed: new Set([...above, role]), open: signers }
    : { drafted: new Set([role]), needed: above, open: signers };
  return { role, threshold, holders, signers, renewals: await renewalsFor(call, trust, repository, publish, secrets) };
}

async function roleOfPage(
  { given }: Call,
  { folders }: Trust,
  repository: TrustedRepository,
  page: Page,
  named: readonly Signer[] | undefined,
): Promise<RoleName> {
  const as = given.text('as');
  if (as !== undefined) return typed('--as', () => parseAnyRole(as));
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
  const { role, holders, signers, renewals } = pen;
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
  const change = { kind: 'entries', entries, as: role, renew: renewals.roles } as const;
  const published = await client.publish(gun, change, [...signers, ...renewals.signers]);
  if (renewals.roles.length > 0) call.output.say(`renewed ${renewals.roles.join(', ')} of ${gun}`);
  return { ...facts, published, waits: undefined };
}

/** `targets` is the one top-level role in which names can be signed. */
const parseAnyRole = (text: string): RoleName => (text === 'targets' ? TARGETS : parseOwnRoleName(text));

export const publishedFacts = ({ role, signers, published, waits }: PublishedEntries): Readonly<Record<string, unknown>> => ({
  role,
  signers,
  versions: Object.fromEntries(published?.versions ?? []),
  ...(waits === undefined ? {} : { pending: true, missing: waits.missing }),
});
