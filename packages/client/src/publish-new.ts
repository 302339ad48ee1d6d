// The first publish of a repository: root, targets, and the role in which tags live.
import {
  allBins,
  draftFirstRoot,
  draftFirstTargets,
  type Env,
  encodeHex,
  expiryAfter,
  type Gun,
  parseRepositoryId,
  parseVersion,
  pinOf,
  RELEASES,
  RELEASES_BINS,
  type Signer,
  TARGETS,
} from '@countersign/core';
import type { InitChange, Published } from './change.ts';
import { PublishError } from './errors.ts';
import { delegatedSignatories, rootSignatories, type Step } from './sign-draft.ts';
import { partsOf, refused, signAll, versionsIn } from './upload.ts';
import type { World } from './world.ts';

/** Throws PublishError: `exists`, `missing-keys` or `refused`. Nobody else's metadata is believed on the way. */
export async function publishNew(gun: Gun, change: InitChange, signers: readonly Signer[], world: World): Promise<Published> {
  const { now, crypto, limits, random } = world.options;
  const env: Env = { now: now(), crypto, limits, dialect: world.dialect };
  await world.clock.check(env.now);
  if (await world.server.exists(gun, limits.rootBytes)) throw new PublishError('exists', `${gun} has a repository already`);
  // 128 random bits say which repository a file belongs to: with a key that two repositories share, nothing else would.
  const repository = parseRepositoryId(encodeHex(random(16)));
  const files = await signAll(gun, await planFirst(gun, change, repository, world, env), signers, env);
  const problem = await world.server.upload(gun, partsOf(files));
  if (problem?.code === 'conflict')
    throw new PublishError('exists', `${gun} was published before: ${problem.detail}`, { details: { ...problem } });
  if (problem !== undefined) throw refused(problem);
  const root = files.find(({ file }) => file.kind === 'root')?.file;
  if (root?.kind !== 'root') throw new Error('the first publish brought no root');
  return { gun, repository, versions: versionsIn(files), pin: pinOf(root, crypto) };
}

async function planFirst(
  gun: Gun,
  change: InitChange,
  repository: ReturnType<typeof parseRepositoryId>,
  world: World,
  env: Env,
): Promise<readonly Step[]> {
  const { lifetimes } = world.options;
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
  return [
    { draft: root, needed: [rootSignatories(root, 'root', env)] },
    { draft: targets, needed: [rootSignatories(root, 'targets', env)] },
    { draft: releases, needed: [releasers] },
    ...inBins.map((name) => ({ draft: draftFirstTargets({ name, ...facts }, env), needed: [releasers] })),
  ];
}
