// People and machines that may sign, by name. Planned on the newest metadata, never on what a caller read before: of two who add a
// signer at once, neither may undo what the other did.
import {
  type DelegatedRole,
  type DelegationChange,
  draftDelegations,
  type Fingerprint,
  type Instant,
  isJsonObject,
  type JsonObject,
  type NewDelegation,
  type PublicKey,
  type RoleName,
  type SignerNames,
  shortFingerprint,
  type Verified,
} from '@countersign/core';
import type { AddSignerChange, RemoveSignerChange } from './change.ts';
import { conventionsOf } from './dialects/conventions-of.ts';
import { PublishError } from './errors.ts';
import { planDelegate, underNewKeys } from './plan-delegation.ts';
import type { Refreshed } from './refresh-repository.ts';
import type { Step } from './sign-draft.ts';
import { standingRole, standingTargets } from './standing.ts';
import type { World } from './world.ts';

/** Throws PublishError: `known-signer`, `unknown-signer`, `unknown-role`, `impossible-threshold`. */
export async function planAddSigner(
  change: AddSignerChange,
  repository: Refreshed,
  expires: Instant,
  world: World,
): Promise<readonly Step[]> {
  const { file } = standingTargets(repository);
  const { signer, before } = change;
  const named = namesIn(file, repository);
  const key = change.key ?? keyCalled(signer, named, file, repository);
  checkName(signer, key, named);
  const roles = file.content.delegations?.roles ?? [];
  if (before !== undefined && roles.every(({ name }) => name !== before || name === change.role)) {
    throw new PublishError('unknown-role', `${repository.gun}: targets does not delegate to another role ${before.slice(0, 80)}`);
  }
  const conventions = conventionsOf(repository.env.dialect);
  const delegations: NewDelegation[] = [];
  let asIs = named.has(key.fingerprint) && change.paths === undefined && before === undefined;
  for (const name of conventions.signerRoles(change)) {
    const role = roles.find((one) => one.name === name);
    const paths = change.paths ?? (role === undefined ? [conventions.everyName] : patternsOf(role));
    const terminating = change.terminating ?? role?.terminating ?? false;
    const there = role === undefined ? [] : keysOf(role, file, repository);
    const keys = there.some(({ fingerprint }) => fingerprint === key.fingerprint) ? there : [...there, key];
    const threshold = change.threshold ?? role?.threshold ?? 1;
    checkThreshold(name, threshold, keys.length);
    asIs &&= role !== undefined && keys === there && threshold === role.threshold && terminating === role.terminating;
    const signers = new Map([[key.fingerprint, signer]]);
    delegations.push({ name, keys: { keys, threshold }, paths, terminating, signers, ...(before === undefined ? {} : { before }) });
  }
  if (asIs) throw new PublishError('known-signer', `${signer} is a signer of ${change.role} already, with this key`);
  return planDelegate(delegations, repository, expires, world);
}

/** Throws PublishError: `unknown-signer`, `impossible-threshold`. */
export async function planRemoveSigner(change: RemoveSignerChange, repository: Refreshed, expires: Instant): Promise<readonly Step[]> {
  const { file, signatories } = standingTargets(repository);
  const { signer } = change;
  const { fingerprint } = keyCalled(signer, namesIn(file, repository), file, repository);
  const changes: DelegationChange[] = [];
  for (const role of file.content.delegations?.roles ?? []) {
    if (change.role !== undefined && role.name !== change.role) continue;
    const keys = keysOf(role, file, repository);
    const left = keys.filter((key) => key.fingerprint !== fingerprint);
    if (left.length === keys.length) continue;
    if (left.length === 0 && role.name !== repository.env.dialect.releases) changes.push({ remove: role.name });
    else {
      // Without it every tag and every denial in it would be gone: it is given to another key, never taken away with one.
      const threshold = change.threshold ?? role.threshold;
      checkThreshold(role.name, threshold, left.length);
      const { name, terminating } = role;
      changes.push({ name, terminating, keys: { keys: left, threshold }, paths: patternsOf(role) });
    }
  }
  if (changes.length === 0) throw new PublishError('unknown-signer', `${signer} is no signer of ${change.role ?? 'any role'}`);
  const draft = draftDelegations(file, changes, expires, repository.env);
  const steps: Step[] = [{ draft, needed: [signatories] }];
  for (const one of changes) {
    if ('remove' in one) continue;
    steps.push(...(await underNewKeys(await standingRole(repository, one.name), draft, repository, expires)));
  }
  return steps;
}

function namesIn(targets: Verified<'targets'>, { gun, env }: Refreshed): SignerNames {
  const names = env.dialect.signerNames(targets, env.crypto);
  if (names !== undefined) return names;
  throw new PublishError('unknown-signer', `${gun} is not bound to a repository of ours: there is no place for names of signers`);
}

/** One name for a key and one key for a name: a key that counts under two names would look like two people. */
function checkName(signer: RoleName, { fingerprint }: PublicKey, named: SignerNames): void {
  const other = named.get(fingerprint);
  if (other !== undefined && other !== signer) {
    throw new PublishError('known-signer', `key ${shortFingerprint(fingerprint)} is the key of ${other}, wanted one of ${signer} alone`, {
      details: { fingerprint, signer: other },
    });
  }
  const before = [...named].find(([key, name]) => name === signer && key !== fingerprint)?.[0];
  if (before !== undefined) {
    const text = `${signer} is the name of key ${shortFingerprint(before)}, got the key ${shortFingerprint(fingerprint)}`;
    throw new PublishError('known-signer', text, { details: { fingerprint: before, signer } });
  }
}

function keyCalled(signer: RoleName, named: SignerNames, file: Verified<'targets'>, repository: Refreshed): PublicKey {
  const fingerprint = [...named].find(([, name]) => name === signer)?.[0];
  const keys = (file.content.delegations?.roles ?? []).flatMap((role) => keysOf(role, file, repository));
  const key = keys.find((one) => one.fingerprint === fingerprint);
  if (fingerprint !== undefined && key !== undefined) return key;
  const there = [...named.values()].sort().join(', ');
  throw new PublishError('unknown-signer', `${repository.gun} has no signer ${signer}, it has ${there || 'none with a name'}`);
}

function checkThreshold(role: RoleName, threshold: number, keys: number): void {
  if (threshold <= keys) return;
  const have = keys === 0 ? 'no key' : keys === 1 ? 'one key' : `${keys} keys`;
  throw new PublishError('impossible-threshold', `${role} would need ${threshold} signatures and have ${have}`, {
    details: { role, threshold, keys },
  });
}

function patternsOf({ name, scope }: DelegatedRole): readonly string[] {
  if (scope.by === 'paths') return scope.patterns;
  throw new PublishError('unknown-role', `${name} is delegated by hash prefixes, which cannot be edited`);
}

/** The usable keys of a role, each once, in the order of the file, as metadata spells them. */
function keysOf(role: DelegatedRole, { signed, content }: Verified<'targets'>, { env }: Refreshed): readonly PublicKey[] {
  const objects = objectIn(objectIn(signed, 'delegations'), 'keys');
  const found = new Map<Fingerprint, PublicKey>();
  for (const keyid of role.keyids) {
    const spelling = content.delegations?.keys.get(keyid);
    const opened = spelling && env.crypto.openKey(spelling);
    if (spelling === undefined || opened?.status !== 'ready' || found.has(opened.key.fingerprint)) continue;
    const { fingerprint } = opened.key;
    found.set(fingerprint, { keyid, fingerprint, scheme: spelling.scheme, object: objectIn(objects, keyid) });
  }
  return [...found.values()];
}

const objectIn = (object: JsonObject, name: string): JsonObject => {
  const value = object.get(name);
  return isJsonObject(value) ? value : new Map();
};
