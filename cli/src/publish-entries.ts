// Publishing entries: find the role, open its keys, sign, upload, and tell what came of it.
import type { Published } from '@countersign/client';
import { parseOwnRoleName, type RoleName, type Signer, TARGETS, type TargetEntry } from '@countersign/core';
import type { Trust } from './compose/opened.ts';
import { typed } from './given.ts';
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
}

/** Finds the role (`--as`, or else `role`, or else the usual one) and opens its keys. Throws CommandError `no-key`, and KeyError. */
export async function takePen(call: Call, { client, gun, folders }: Trust, role?: RoleName): Promise<Pen> {
  const repository = await client.refresh(gun);
  const named = call.given.text('as');
  const as = named === undefined ? (role ?? (await usualRole(repository))) : typed('--as', () => parseAnyRole(named));
  return {
    role: as,
    signers: await openSignersFor(call, folders, await signersOf(repository, as), call.given.texts('key'), secretsOf(call)),
  };
}

export async function publishEntries(
  call: Call,
  { client, gun }: Trust,
  { role, signers }: Pen,
  entries: ReadonlyMap<string, TargetEntry | undefined>,
): Promise<PublishedEntries> {
  call.output.progress(`publishing to ${gun}`);
  const published = await client.publish(gun, { kind: 'entries', entries, as: role }, signers);
  return { role, signers: signers.map(({ key }) => key.fingerprint), published };
}

/** `targets` is the one top-level role in which names can be signed. */
const parseAnyRole = (text: string): RoleName => (text === 'targets' ? TARGETS : parseOwnRoleName(text));

export const publishedFacts = ({ role, signers, published }: PublishedEntries): Readonly<Record<string, unknown>> => ({
  role,
  signers,
  versions: Object.fromEntries(published.versions),
});
