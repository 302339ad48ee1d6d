// Publishing entries: find the role, open its keys, sign, upload, and tell what came of it.
import type { Holder, Published, TrustedRepository } from '@countersign/client';
import { type Fingerprint, parseOwnRoleName, type RoleName, type Signer, TARGETS, type TargetEntry } from '@countersign/core';
import { type Choice, chooseRole } from './choose-role.ts';
import type { Trust } from './compose/opened.ts';
import { typed } from './given.ts';
import { type Renewals, renewalsFor, rolesAbove } from './renewals.ts';
import { holdersText } from './signer-words.ts';
import { allKeysHere, checkNamed, openNamed, openSignersFor, secretsOf, signersOf } from './signing-keys.ts';
import type { Call } from './tree/spec.ts';

export interface PublishedEntries {
  readonly role: RoleName;
  readonly signers: readonly Fingerprint[];
  /** The same, as people call them. */
  readonly by: string;
  readonly published: Published;
}

/** A role, and open keys that may sign in it. */
export interface Pen {
  readonly role: RoleName;
  /** Whoever may sign in it, by name. */
  readonly holders: readonly Holder[];
  readonly signers: readonly Signer[];
  /** What has to be, or may as well be, signed again on the way. */
  readonly renewals: Renewals;
}

/** What is to be signed: a name, whose role is looked for; or a role. */
export type Page = { readonly path: string } | { readonly role: RoleName };

/**
 * Finds the role (`--as`, or the first for `path` whose keys are here) and opens its keys. Throws CommandError `no-key`, KeyError, and
 * TrustError `expired`.
 */
export async function takePen(call: Call, trust: Trust, page: Page): Promise<Pen> {
  const { client, gun, folders } = trust;
  const repository = await client.standing(gun);
  const secrets = secretsOf(call);
  const words = call.given.texts('key');
  const named = words.length === 0 ? undefined : await openNamed(call, folders, words, 'repository', secrets);
  const { role, hides } = await roleOfPage(call, trust, repository, page, named);
  const wanted = await signersOf(repository, role);
  const signers = named === undefined ? await openSignersFor(call, folders, wanted, secrets) : checkNamed(wanted, named);
  for (const other of hides) call.output.say(`note: ${role} is asked before ${other}, whose entry nobody finds from now on`);
  const publish = { drafted: new Set([role]), needed: await rolesAbove(repository, role), open: signers };
  return { role, holders: wanted.holders, signers, renewals: await renewalsFor(call, trust, repository, publish, secrets) };
}

async function roleOfPage(
  { given }: Call,
  { folders }: Trust,
  repository: TrustedRepository,
  page: Page,
  named: readonly Signer[] | undefined,
): Promise<Choice> {
  const as = given.text('as');
  if (as !== undefined) return { role: typed('--as', () => parseAnyRole(as)), hides: [] };
  if ('role' in page) return { role: page.role, hides: [] };
  const here = named === undefined ? await allKeysHere(folders) : named.map(({ key }) => key.fingerprint);
  return chooseRole(repository, page.path, new Set(here));
}

export async function publishEntries(
  call: Call,
  { client, gun }: Trust,
  { role, holders, signers, renewals }: Pen,
  entries: ReadonlyMap<string, TargetEntry | undefined>,
): Promise<PublishedEntries> {
  call.output.progress(`publishing to ${gun}`);
  const change = { kind: 'entries', entries, as: role, renew: renewals.roles } as const;
  const published = await client.publish(gun, change, [...signers, ...renewals.signers]);
  if (renewals.roles.length > 0) call.output.say(`renewed ${renewals.roles.join(', ')} of ${gun}`);
  const keys = signers.map(({ key }) => key.fingerprint);
  return { role, signers: keys, by: holdersText(keys, holders), published };
}

/** `targets` is the one top-level role in which names can be signed. */
const parseAnyRole = (text: string): RoleName => (text === 'targets' ? TARGETS : parseOwnRoleName(text));

export const publishedFacts = ({ role, signers, published }: PublishedEntries): Readonly<Record<string, unknown>> => ({
  role,
  signers,
  versions: Object.fromEntries(published.versions),
});
