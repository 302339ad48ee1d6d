// Repositories of TUF 1.0, as Countersign lays them out: keys and entries stand in files as signers know them, and the server signs
// snapshot and timestamp.
import {
  allBins,
  draftFirstRoot,
  draftFirstTargets,
  type Env,
  encodeHex,
  expiryAfter,
  parseRepositoryId,
  parseVersion,
  RELEASES,
  RELEASES_BINS,
  TARGETS,
} from '@countersign/core';
import type { InitChange } from '../change.ts';
import { PublishError } from '../errors.ts';
import { delegatedSignatories, rootSignatories } from '../sign-draft.ts';
import type { World } from '../world.ts';
import type { Beginning, Conventions, Signing } from './conventions.ts';

export const tufConventions: Conventions = {
  begin,
  async spell(change) {
    if (change.kind === 'rotate' && change.role === 'snapshot' && change.replacement !== 'server')
      throw new PublishError('not-in-dialect', 'snapshots of a TUF repository are signed by the server, with a key of its own');
    return change;
  },
  signerRoles: ({ role }) => [role],
  everyName: '*',
  serverRoles: async (role) => [role],
  // What a snapshot listed once, it lists for ever.
  pastVersion: async (role, { stage }) => stage.before.snapshot.content.meta.get(role)?.version ?? 0,
  snapshot: async () => undefined,
  keepsDrafts: true,
};

/** Root, targets, and the role in which tags live. */
async function begin(change: InitChange, { gun }: Signing, world: World): Promise<Beginning> {
  const { now, crypto, limits, random, lifetimes } = world.options;
  const env: Env = { now: now(), crypto, limits, dialect: world.dialect };
  // 128 random bits say which repository a file belongs to: with a key that two repositories share, nothing else would.
  const repository = parseRepositoryId(encodeHex(random(16)));
  const expires = expiryAfter(env.now, lifetimes.targets);
  const version = parseVersion(1, 'version');
  const binding = { repository };
  const serverKey = async (role: 'snapshot' | 'timestamp') => ({ keys: [await world.server.key(gun, role, 'current')], threshold: 1 });
  const roles = {
    root: change.root,
    targets: change.targets,
    snapshot: await serverKey('snapshot'),
    timestamp: await serverKey('timestamp'),
  };
  const names = [...new Set([gun, ...(change.otherNames ?? [])])];
  const root = draftFirstRoot({ version, repository, names, roles, expires: expiryAfter(env.now, lifetimes.root) }, env);
  const paths = [...new Set(['*', '.revoked/*', ...(change.morePaths ?? [])])];
  const delegation = { name: RELEASES, keys: change.releases, paths, terminating: false };
  const targets = draftFirstTargets({ name: TARGETS, version, expires, binding, delegations: [delegation] }, env);
  const bins = change.binBits === undefined ? undefined : { bits: change.binBits, prefix: RELEASES_BINS, keys: change.releases };
  const releases = draftFirstTargets({ name: RELEASES, version, expires, binding, delegations: bins ?? [] }, env);
  const releasers = delegatedSignatories(targets, RELEASES, env);
  // TAP 15: all of them exist from the beginning, and the keys of `releases` sign them.
  const inBins = bins === undefined ? [] : allBins({ ...bins, ...releasers.role }).map(({ name }) => name);
  const facts = { version, expires, binding, delegations: [] };
  const steps = [
    { draft: root, needed: [rootSignatories(root, 'root', env)] },
    { draft: targets, needed: [rootSignatories(root, 'targets', env)] },
    { draft: releases, needed: [releasers] },
    ...inBins.map((name) => ({ draft: draftFirstTargets({ name, ...facts }, env), needed: [releasers] })),
  ];
  return { steps, repository };
}
