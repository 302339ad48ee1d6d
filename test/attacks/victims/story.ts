// What is true before an attack begins: a repository with signed tags, and a registry that serves what was signed.
import { type Digest, imageEntry, parseDigest, type TargetEntry } from '@countersign/core';
import { type Simulator, type SimulatorOptions, sampleImage, simulate } from '@countersign/testkit';
import type { Manifest, Victim } from './victim.ts';

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
