// Repositories of Notary v1, as Docker lays them out: root keys in certificates, entries that name their repository, a role for each
// signer beside the one of released tags, and a snapshot that the server or the publishers sign.
import {
  draftFirstRoot,
  draftFirstTargets,
  type Env,
  entryKind,
  entryOf,
  expiryAfter,
  type Gun,
  isTopLevel,
  type KeySet,
  notary,
  type PublicKey,
  parseVersion,
  roleOf,
  rootOf,
  TARGETS,
  tuf,
  usableKeys,
} from '@countersign/core';
import type { AddSignerChange, EntriesChange, InitChange, LaterChange } from '../change.ts';
import { PublishError } from '../errors.ts';
import { rootSignatories } from '../sign-draft.ts';
import type { World } from '../world.ts';
import type { Beginning, Conventions, Signing } from './conventions.ts';
import { heldSnapshot } from './held-snapshot.ts';
import { pastVersion } from './past-version.ts';
import { certifiedKey, certifiedKeys } from './root-certificates.ts';

export const notaryConventions: Conventions = {
  begin,
  spell: async (change, signing, gun, world) => ({ ...change, ...(await spelled(change, signing, gun, world)) }),
  signerRoles: ({ role }) => [role, notary.releases],
  everyName: '',
  async serverRoles(role, { stage, gun, env }, world) {
    if (role === 'snapshot') return [role];
    const { root } = rootOf(stage);
    const named = usableKeys(roleOf(root, 'snapshot'), root.content.keys, env);
    const { fingerprint } = await world.server.key(gun, 'snapshot', 'current');
    const known = named.has(fingerprint) || ((await world.options.heldSigners?.([...named])) ?? []).length > 0;
    // A repository that came from another server names two keys of that one, and nothing can be published before both are gone.
    return known ? [role] : [role, 'snapshot'];
  },
  pastVersion,
  snapshot: heldSnapshot,
  keepsDrafts: false,
};

/** Root and targets: Docker's roles come with the first signer. */
async function begin(change: InitChange, signing: Signing, world: World): Promise<Beginning> {
  const { gun } = signing;
  if (change.binBits !== undefined) throw noPlaceFor('hash bins');
  if ((change.otherNames ?? []).length > 0) throw noPlaceFor('other names: its certificates speak for one');
  if ((change.morePaths ?? []).length > 0) throw noPlaceFor('patterns: every name may be signed there');
  const { now, crypto, limits, lifetimes } = world.options;
  const env: Env = { now: now(), crypto, limits, dialect: world.dialect };
  const version = parseVersion(1, 'version');
  const serverKey = async (role: 'snapshot' | 'timestamp') => ({ keys: [await world.server.key(gun, role, 'current')], threshold: 1 });
  const roles = {
    root: await certifiedKeys(change.root, signing, world),
    targets: bareKeys(change.targets, world),
    snapshot: await serverKey('snapshot'),
    timestamp: await serverKey('timestamp'),
  };
  const root = draftFirstRoot({ version, repository: undefined, names: [gun], roles, expires: expiryAfter(env.now, lifetimes.root) }, env);
  const expires = expiryAfter(env.now, lifetimes.targets);
  const targets = draftFirstTargets({ name: TARGETS, version, expires, binding: undefined, delegations: [] }, env);
  const steps = [
    { draft: root, needed: [rootSignatories(root, 'root', env)] },
    { draft: targets, needed: [rootSignatories(root, 'targets', env)] },
  ];
  return { steps, repository: undefined };
}

/** The members of a change that stand otherwise in files of Notary. */
async function spelled(change: LaterChange, signing: Signing | undefined, gun: Gun, world: World): Promise<Partial<LaterChange>> {
  switch (change.kind) {
    case 'entries':
      refuseDenials(change.entries);
      return { entries: new Map([...change.entries].map(([path, entry]) => [path, entry && entryOf(gun, entry)])) };
    case 'rotate':
      if (change.replacement === 'server') return {};
      if (change.role !== 'root' || signing === undefined) return { replacement: bareKeys(change.replacement, world) };
      return { replacement: await certifiedKeys(change.replacement, signing, world) };
    case 'delegate':
      if (change.terminating) throw noPlaceFor('roles that end a search');
      return { keys: bareKeys(change.keys, world) };
    case 'add-signer':
      checkSigner(change);
      return change.key === undefined ? {} : { key: bareKey(change.key, world) };
    case 'replace-key': {
      const next = bareKey(change.next, world);
      const inRoot = change.root === 'include' && (change.in === undefined || String(change.in) === 'root');
      const nextInRoot = inRoot && signing !== undefined ? { nextInRoot: await certifiedKey(change.next, signing, world) } : {};
      // A signer of Docker has one key in two roles: it is changed in both, whichever was named.
      const everywhere = change.in === undefined || isTopLevel(change.in) ? {} : { in: undefined };
      return { next, ...nextInRoot, ...everywhere };
    }
    case 'ceremony':
      throw noPlaceFor('root ceremonies: whoever changes its root signs at once, with key rotate');
    default:
      return {};
  }
}

/** A denial would be a tag to every other client, and one that cannot be pulled. */
function refuseDenials(entries: EntriesChange['entries']): void {
  for (const entry of entries.values()) {
    if (entry !== undefined && entryKind(entry).kind === 'revocation')
      throw noPlaceFor('the denial of a digest: take back every tag that stands for it');
  }
}

/** Docker calls a signer as their role is called, and asks each for one signature. */
function checkSigner({ signer, role, threshold, before, terminating, paths }: AddSignerChange): void {
  if (role !== notary.roleCalled(signer)) throw noPlaceFor('teams: a signer is called as their role is');
  if (role === notary.releases) throw noPlaceFor('a signer of that name: released tags are in the role that is called so');
  if (threshold !== undefined && threshold !== 1) throw noPlaceFor('thresholds of signers: its clients ask for one signature');
  if (before !== undefined || terminating === true)
    throw noPlaceFor('an order of signers: tags are looked for in releases, then in targets');
  if (paths !== undefined) throw noPlaceFor('patterns: a signer may sign every name');
}

const bareKey = ({ fingerprint, scheme, object }: PublicKey, { options: { crypto } }: World): PublicKey => ({
  ...notary.spellKey(tuf.readKey(object, crypto), crypto),
  fingerprint,
  scheme,
});

const bareKeys = ({ keys, threshold }: KeySet, world: World): KeySet => ({ keys: keys.map((key) => bareKey(key, world)), threshold });

const noPlaceFor = (what: string): PublishError =>
  new PublishError('not-in-dialect', `a repository of the Notary dialect has no place for ${what}`);
