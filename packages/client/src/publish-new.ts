// The first publish of a repository.
import { type Env, type Gun, pinOf, type Signer } from '@countersign/core';
import type { InitChange, Published } from './change.ts';
import { conventionsOf } from './dialects/conventions-of.ts';
import { PublishError } from './errors.ts';
import { partsOf, refused, signAll, versionsIn } from './upload.ts';
import type { World } from './world.ts';

/** Throws PublishError: `exists`, `missing-keys`, `not-in-dialect` or `refused`. Nobody else's metadata is believed on the way. */
export async function publishNew(gun: Gun, change: InitChange, signers: readonly Signer[], world: World): Promise<Published> {
  const { now, crypto, limits } = world.options;
  const env: Env = { now: now(), crypto, limits, dialect: world.dialect };
  await world.clock.check(env.now);
  if (await world.server.exists(gun, limits.rootBytes)) throw new PublishError('exists', `${gun} has a repository already`);
  const { steps, repository } = await conventionsOf(world.dialect).begin(change, { gun, signers }, world);
  const files = await signAll(gun, steps, signers, env);
  const problem = await world.server.upload(gun, partsOf(files));
  if (problem?.code === 'conflict' || problem?.code === 'version')
    throw new PublishError('exists', `${gun} was published before: ${problem.detail}`, { details: { ...problem } });
  if (problem !== undefined) throw refused(problem);
  const root = files.find(({ file }) => file.kind === 'root')?.file;
  if (root?.kind !== 'root') throw new Error('the first publish brought no root');
  return { gun, repository, versions: versionsIn(files), pin: pinOf(root, crypto) };
}
