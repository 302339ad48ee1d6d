// What another client of Notary remembered of a repository on this machine, taken over as our own memory: from then on nothing older than
// that is believed here. It is the machine's own word, as its root was believed by that client; of the rest only what verifies under that
// root, and hangs together, is remembered.
import {
  type Cryptography,
  digestOf,
  type Env,
  type Gun,
  type Instant,
  type KeyRing,
  type Limits,
  notary,
  type Parsed,
  pinOf,
  pinText,
  ROOT,
  type RoleKeys,
  type RoleKind,
  type RoleName,
  type RootPin,
  roleOf,
  type SeenRole,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
  TrustError,
  type Verified,
  verifyBytes,
  verifySigned,
} from '@countersign/core';
import { openFloors } from './floor.ts';
import { versionsOf } from './floor-file.ts';
import { type LocalRepository, readLocalRole } from './notary-trust-folder.ts';
import { openStateFolder } from './state-folder.ts';

export interface RememberLocalOptions {
  /** Our state folder, and who must own it; see `Folders`. */
  readonly state: string;
  readonly owner: number | undefined;
  readonly crypto: Cryptography;
  readonly limits: Limits;
  readonly random: (length: number) => Uint8Array;
  readonly now: Instant;
}

export interface LocalMemory {
  readonly gun: Gun;
  /** Of the root that was believed there. */
  readonly pin: RootPin;
  /** Role to version: what is not gone behind from now on. */
  readonly versions: ReadonlyMap<RoleName, number>;
  /** `already`: this machine has a memory of its own, which stays as it is. */
  readonly outcome: 'remembered' | 'already';
}

/** Throws StateError, FormatError and TrustError; then nothing was written. */
export async function rememberLocal(repository: LocalRepository, options: RememberLocalOptions): Promise<LocalMemory> {
  const { gun } = repository;
  const { crypto, limits, random, now } = options;
  const env: Env = { now, limits, crypto, dialect: notary };
  const root = localRoot(repository, env);
  const floors = openFloors({ folder: options.state, dialect: notary, crypto, random });
  const pin = pinOf(root, crypto);
  if (floors.open(gun, undefined) !== undefined) return { gun, pin, versions: new Map(), outcome: 'already' };

  const { timestamp, snapshot, roles } = rolesBelow(repository, root, env);
  await openStateFolder(options.state, options.owner);
  const files = {
    root: root.file,
    ...(timestamp === undefined ? {} : { timestamp: timestamp.file }),
    ...(snapshot === undefined ? {} : { snapshot: snapshot.file }),
    ...(roles.size === 0 ? {} : { roles }),
    pins: [pinText(pin)],
  };
  const floor = { root, timestamp, snapshot, record: undefined, roles, pins: files.pins };
  await floors.write(gun, files, versionsOf(floor), undefined);
  const versions = new Map<RoleName, number>([[ROOT, root.content.version]]);
  if (timestamp !== undefined) versions.set(TIMESTAMP, timestamp.content.version);
  if (snapshot !== undefined) versions.set(SNAPSHOT, snapshot.content.version);
  for (const [role, seen] of roles) versions.set(role, seen.version);
  return { gun, pin, versions, outcome: 'remembered' };
}

/** Signed by itself, with a certificate of this name. Its time may be over: what was believed then is what is remembered. */
function localRoot(repository: LocalRepository, env: Env): Verified<'root'> {
  const bytes = readLocalRole(repository, ROOT, env.limits);
  if (bytes === undefined) throw new TrustError('missing', `${repository.folder} has no root any more`);
  const parsed = env.dialect.parse('root', ROOT, bytes, env);
  const signers = env.dialect.rootSigners(parsed, { gun: repository.gun, now: undefined, wildcards: 'allow' });
  return verifySigned(parsed, signers, parsed.content.keys, env);
}

interface Below {
  readonly timestamp: Parsed<'timestamp'> | undefined;
  readonly snapshot: Parsed<'snapshot'> | undefined;
  readonly roles: ReadonlyMap<RoleName, SeenRole>;
}

/** A chain by hashes from the timestamp down; it ends where a link is missing, or is of a publish that was not finished. */
function rolesBelow(repository: LocalRepository, root: Verified<'root'>, env: Env): Below {
  const { keys } = root.content;
  const roles = new Map<RoleName, SeenRole>();
  const timestamp = held(repository, 'timestamp', TIMESTAMP, { role: roleOf(root, 'timestamp'), keys }, undefined, env);
  const snapshot =
    timestamp && held(repository, 'snapshot', SNAPSHOT, { role: roleOf(root, 'snapshot'), keys }, timestamp.content.snapshot, env);
  const meta = snapshot?.content.meta;
  const waiting: { readonly name: RoleName; readonly signers: Signers }[] = [
    { name: TARGETS, signers: { role: roleOf(root, 'targets'), keys } },
  ];
  for (const { name, signers } of waiting) {
    const named = meta?.get(name);
    const file = named && held(repository, 'targets', name, signers, named, env);
    if (file === undefined) continue;
    roles.set(name, { version: file.content.version, digest: digestOf(env.crypto, file.file) });
    const delegations = file.content.delegations;
    for (const role of delegations?.roles ?? []) {
      const ring = delegations?.keys ?? new Map();
      waiting.push({ name: role.name, signers: { role, keys: ring } });
    }
  }
  return { timestamp, snapshot, roles };
}

interface Signers {
  readonly role: RoleKeys;
  readonly keys: KeyRing;
}

/** Undefined for what is not there, or does not hold: it is no memory of anything. */
function held<Kind extends RoleKind>(
  repository: LocalRepository,
  kind: Kind,
  name: RoleName,
  { role, keys }: Signers,
  named: Parameters<typeof verifyBytes>[2] | undefined,
  env: Env,
): Parsed<Kind> | undefined {
  const bytes = readLocalRole(repository, name, env.limits);
  if (bytes === undefined) return undefined;
  try {
    if (named !== undefined) verifyBytes(name, bytes, named, env.crypto);
    return verifySigned(env.dialect.parse(kind, name, bytes, env), role, keys, env);
  } catch (error) {
    if (error instanceof TrustError) return undefined;
    throw error;
  }
}
