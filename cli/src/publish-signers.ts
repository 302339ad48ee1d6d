// Publishing a change of who may sign: `targets` says so, and its key must be here.
import type { AddSignerChange, Published, RemoveSignerChange, TrustedRepository } from '@countersign/client';
import { type Fingerprint, ROOT, type RoleName, TARGETS } from '@countersign/core';
import type { Trust } from './compose/opened.ts';
import { CommandError } from './errors.ts';
import { lazySigners } from './lazy-signers.ts';
import { renewalsFor } from './renewals.ts';
import { holdersText } from './signer-words.ts';
import { openSignersFor, secretsOf, signersOf } from './signing-keys.ts';
import type { Call } from './tree/spec.ts';

/** `involved`: keys that may have to sign again what a role signed before; those that are here are used. */
export async function publishSigners(
  call: Call,
  trust: Trust,
  repository: TrustedRepository,
  change: AddSignerChange | RemoveSignerChange,
  involved: readonly Fingerprint[],
): Promise<Published> {
  const { client, folders, gun } = trust;
  const secrets = secretsOf(call);
  const deciders = await openSignersFor(call, folders, await signersOf(repository, TARGETS), secrets);
  const drafted = new Set<RoleName>(change.role === undefined ? [TARGETS] : [TARGETS, change.role]);
  const renewals = await renewalsFor(call, trust, repository, { drafted, needed: new Set([ROOT]), open: deciders }, secrets);
  const open = new Set([...deciders, ...renewals.signers].map(({ key }) => key.fingerprint));
  const others = await lazySigners(call, folders, new Set(involved.filter((key) => !open.has(key))), secrets);
  call.output.progress(`publishing to ${gun}`);
  try {
    return await client.publish(gun, { ...change, renew: renewals.roles }, [...deciders, ...renewals.signers, ...others]);
  } catch (error) {
    throw isMissing(error) ? await whoMustSign(error, repository) : error;
  }
}

interface MissingKeys extends Error {
  readonly details: Readonly<Record<string, unknown>>;
}

// Known by name: a command is bundled with classes of its own.
const isMissing = (error: unknown): error is MissingKeys =>
  error instanceof Error && error.name === 'PublishError' && 'code' in error && error.code === 'missing-keys' && 'details' in error;

/** What a role signed before would no longer hold: those who stay sign it anew first, wherever their keys are. */
async function whoMustSign(error: MissingKeys, repository: TrustedRepository): Promise<Error> {
  const { gun } = repository;
  const { role: name, missing } = error.details;
  const role = (await repository.delegations()).find((one) => one.role === name);
  const context = { cause: error, details: error.details };
  if (role === undefined) {
    const text = `${String(name)} was a role of ${gun} before, and begins anew with a signature of its own: its key is not here`;
    return new CommandError('no-key', text, { ...context, next: 'run this where that key is, or choose another name' });
  }
  const keys = role.keys.filter((key) => Array.isArray(missing) && missing.includes(key));
  const who = holdersText(keys, role.holders) || 'its new keys';
  return new CommandError('no-key', `what ${role.role} of ${gun} signed before must be signed again by ${who}: too few of them are here`, {
    ...context,
    next: `ask them to run: countersign renew ${gun} --role ${role.role}; then this again`,
  });
}
