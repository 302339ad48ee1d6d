// What is true before an attack begins: a repository with signed tags, and a registry that serves what was signed.
import { type Digest, imageEntry, type JsonValue, parseDigest, ROOT, type Signer, type TargetEntry } from '@countersign/core';
import {
  type Bend,
  delegate,
  roleName,
  type SignOptions,
  type Simulator,
  type SimulatorOptions,
  sampleImage,
  simulate,
  withMember,
} from '@countersign/testkit';
import type { Manifest, Victim } from './victim.ts';

/** Every role of the story, in the order of trust. */
export const ROLES: readonly Role[] = ['root', 'timestamp', 'snapshot', 'targets', 'releases'];
export type Role = 'root' | 'timestamp' | 'snapshot' | 'targets' | 'releases';

export interface Image extends Manifest {
  readonly digest: Digest;
  readonly entry: TargetEntry;
}

/** The image of a tag: the same tag, the same image. */
export function image(tag: string): Image {
  const { bytes, mediaType, digest: text } = sampleImage({ seed: tag }).index;
  const digest = parseDigest(text);
  return { bytes, mediaType, digest, entry: imageEntry({ digest, length: bytes.length, mediaType }) };
}

/** A repository that published these tags, one publish each. */
export async function published(tags: readonly string[], options: SimulatorOptions = {}): Promise<Simulator> {
  const repository = await simulate(options);
  for (const tag of tags) await repository.publish({ [tag]: image(tag).entry });
  return repository;
}

/** The registry serves these tags honestly. */
export function stock(victim: Victim, tags: readonly string[]): void {
  for (const tag of tags) victim.registry.set(tag, image(tag));
}

/** The path under which the newest file of a role is served. */
export function pathOf(repository: Simulator, role: Role): string {
  const version = repository.newest.get(roleName(role))?.version;
  return role === 'timestamp' ? 'timestamp.json' : `${version}.${role}.json`;
}

export function fileOf(repository: Simulator, role: Role): Uint8Array {
  const bytes = repository.newest.get(roleName(role))?.bytes;
  if (bytes === undefined) throw new Error(`the repository has no ${role}`);
  return bytes;
}

/**
 * The next version of one role, bent or signed by somebody else, and honest ones of those that name it. With `hashes: 'none'` the
 * naming files state versions alone, so that nothing but the file itself can be wrong.
 */
export async function resigned(
  repository: Simulator,
  role: Role,
  options: SignOptions = {},
  naming: { readonly snapshot?: Bend; readonly timestamp?: Bend } = {},
): Promise<void> {
  const bent = (bend: Bend | undefined): SignOptions => (bend === undefined ? {} : { bend });
  // No file names the root: the others stay as they are.
  if (role === 'root') return void (await repository.next('root', ROOT, {}, options));
  if (role === 'targets' || role === 'releases') await repository.next('targets', roleName(role), {}, options);
  await repository.snapshot(role === 'snapshot' ? options : bent(naming.snapshot));
  await repository.timestamp(role === 'timestamp' ? options : bent(naming.timestamp));
}

/**
 * From now on `signers` hold a role, and `threshold` of them must sign. A new root or a new delegation says so; root, targets and
 * releases are signed again by their new holders. `bend` has the last word on the file that says it.
 */
export async function held(
  repository: Simulator,
  role: Role,
  signers: readonly Signer[],
  threshold: number,
  bend: Bend = (signed) => signed,
): Promise<void> {
  if (role === 'releases') {
    await delegate(repository, 'targets', 'releases', { paths: ['*', '.revoked/*'], signers, threshold }, { bend });
    await repository.next('targets', roleName('releases'), {});
  } else {
    const before = repository.signersOf('root');
    repository.keys.set(role, signers);
    const body: Record<string, JsonValue> = repository.rootBody();
    const withThreshold: Bend = (signed) => bend(withMember(['roles', role, 'threshold'], threshold)(signed));
    await repository.next('root', ROOT, body, { bend: withThreshold, signers: [...new Set([...before, ...repository.signersOf('root')])] });
    if (role === 'targets') await repository.next('targets', roleName('targets'), {});
  }
  await repository.advance();
}
