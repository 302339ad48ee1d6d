// A repository that was published before this signer held its keys: the set of files that stands, verified from its root down, becomes what
// later requests are held to. It is an administrator's act, because an older set verifies as well.
import {
  allBins,
  type Claim,
  claimsOf,
  digestOf,
  type Env,
  FormatError,
  type KeyRing,
  type MetaFile,
  metaOf,
  type Parsed,
  ROOT,
  type RoleKeys,
  type RoleKind,
  type RoleName,
  roleOf,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
  TrustError,
  usableKeys,
  verifyMeta,
  verifySigned,
} from '@countersign/core';
import { PolicyError } from './errors.ts';
import { type Memory, SIGNER_ROLES } from './memory.ts';
import type { Held, SignerRepository } from './request.ts';

export interface Adopted {
  readonly memory: Memory;
  readonly claims: readonly Claim[];
}

/**
 * What was signed under a name that is `released` stays signed: the next versions go on from there. Throws PolicyError: `unaccepted-upload`,
 * `missing-evidence`, `equivocation` for a name that something was accepted for.
 */
export function adopt(
  { gun }: SignerRepository,
  files: ReadonlyMap<RoleName, Uint8Array>,
  { memory, keys, claimants }: Omit<Held, 'longest'>,
  env: Env,
): Adopted {
  if (memory.files.size > 0 && !memory.released) throw new PolicyError('equivocation', `files of ${gun} were accepted here before`);
  const taken = new Set<RoleName>();
  const open = <Kind extends RoleKind>(kind: Kind, name: RoleName): Parsed<Kind> => {
    const bytes = files.get(name);
    if (bytes === undefined) throw new PolicyError('missing-evidence', `${name.slice(0, 80)} was not shown`, { details: { role: name } });
    taken.add(name);
    return env.dialect.parse(kind, name, bytes, env);
  };
  try {
    const root = open('root', ROOT);
    verifySigned(root, env.dialect.rootSigners(root, { gun, now: undefined, wildcards: 'allow' }), root.content.keys, env);
    if (env.dialect.binds && root.content.binding?.names?.includes(gun) !== true)
      throw new PolicyError('wrong-repository', `the root does not speak for ${gun}`);
    const timestamp = open('timestamp', TIMESTAMP);
    const snapshot = open('snapshot', SNAPSHOT);
    verifySigned(timestamp, roleOf(root, 'timestamp'), root.content.keys, env);
    verifySigned(snapshot, roleOf(root, 'snapshot'), root.content.keys, env);
    named(snapshot, timestamp.content.snapshot, env);
    const roles = [...rolesOf(root, snapshot, open, env)];
    const foreign = [timestamp, snapshot, ...roles].find(({ content }) => content.binding?.repository !== root.content.binding?.repository);
    if (foreign !== undefined) throw new PolicyError('wrong-repository', `${foreign.name.slice(0, 80)} belongs to another repository`);
    for (const name of files.keys())
      if (!taken.has(name)) throw new PolicyError('unaccepted-upload', `nothing leads to ${name.slice(0, 80)}`);

    const own = SIGNER_ROLES.flatMap((role) => {
      const named = usableKeys(roleOf(root, role), root.content.keys, env);
      const key = keys[role].find(({ fingerprint }) => named.has(fingerprint));
      return key === undefined ? [] : [{ role, ...key }];
    });
    const serverKeys = own.map(({ fingerprint }) => fingerprint);
    const claims = claimsOf([root, ...roles], serverKeys, env);
    for (const claim of claims)
      if ((claimants(claim) ?? gun) !== gun) throw new PolicyError('unaccepted-upload', `this ${claim.kind} is another repository's`);
    const standing = [root, timestamp, snapshot, ...roles].map(
      ({ name, content: { version }, file }) => [name, { version, digest: digestOf(env.crypto, file) }] as const,
    );
    const sealed = { version: snapshot.content.version, bytes: snapshot.file, digest: digestOf(env.crypto, snapshot.file) };
    const next: Memory = {
      ...memory,
      files: new Map(standing),
      repository: root.content.binding?.repository,
      snapshotMeta: metaOf(sealed),
      record: timestamp.content.binding?.record,
      released: false,
      generations: Object.fromEntries(own.map(({ role, generation }) => [role, generation])),
    };
    return { memory: next, claims };
  } catch (cause) {
    if (!(cause instanceof TrustError || cause instanceof FormatError)) throw cause;
    throw new PolicyError('unaccepted-upload', `the files that stand do not hold: ${cause.message}`, {
      cause,
      details: { because: cause.code },
    });
  }
}

/** Targets and every delegated role that the snapshot lists, each held to the file that delegates to it. */
function* rolesOf(
  root: Parsed<'root'>,
  snapshot: Parsed<'snapshot'>,
  open: (kind: 'targets', name: RoleName) => Parsed<'targets'>,
  env: Env,
): Generator<Parsed<'targets'>> {
  const { meta } = snapshot.content;
  const rootMeta = meta.get(ROOT);
  if (rootMeta !== undefined) named(root, rootMeta, env);
  const queue: { readonly name: RoleName; readonly role: RoleKeys; readonly keys: KeyRing }[] = [
    { name: TARGETS, role: roleOf(root, 'targets'), keys: root.content.keys },
  ];
  const led = new Set<RoleName>();
  for (const { name, role, keys } of queue) {
    const stated = meta.get(name);
    // Delegated to, and nothing signed yet.
    if (stated === undefined && name !== TARGETS) continue;
    if (stated === undefined || led.has(name))
      throw new TrustError('missing', `${name.slice(0, 80)}: wanted once in the snapshot and its delegations`);
    led.add(name);
    const file = open('targets', name);
    named(file, stated, env);
    verifySigned(file, role, keys, env);
    yield file;
    const { delegations } = file.content;
    const below = delegations?.bins === undefined ? (delegations?.roles ?? []) : allBins(delegations.bins);
    for (const one of below) queue.push({ name: one.name, role: one, keys: delegations?.keys ?? new Map() });
  }
  const lost = [...meta.keys()].find((name) => name !== ROOT && !led.has(name));
  if (lost !== undefined) throw new TrustError('missing', `${lost.slice(0, 80)} is listed, and no delegation leads to it`);
}

/** Throws TrustError('mismatch') for a file that is not the one that is stated. */
function named({ name, file, content }: Parsed, stated: MetaFile, { crypto }: Env): void {
  const what = `${name.slice(0, 80)} v${content.version}`;
  verifyMeta(what, file, stated, crypto);
  if (stated.version !== undefined && stated.version !== content.version)
    throw new TrustError('mismatch', `${what} is listed as v${stated.version}`);
}
