// What the hunt goes through: a repository of which every member that somebody checks is there, and a reader that has seen it.
import {
  entryKind,
  type Floor,
  findTarget,
  type JsonObject,
  RELEASES,
  refresh,
  TARGETS,
  type TargetsTrusted,
  TrustError,
  verifyBytes,
} from '@countersign/core';
import { answerFrom, drive, floorAfter, roleName, type Simulator, withMember } from '@countersign/testkit';
import { image, published, type Role } from '../attacks/victims/story.ts';

export async function completeRepository(): Promise<Simulator> {
  const repository = await published(['v1']);
  const bend = withMember(['x-countersign', 'name'], repository.gun);
  for (const role of [TARGETS, RELEASES]) await repository.next('targets', role, {}, { bend });
  repository.record = { seq: 5, hash: 'ab'.repeat(32) };
  await repository.advance();
  return repository;
}

/** What is signed in the newest file of a role. */
export const signedOf = (repository: Simulator, role: Role): JsonObject =>
  repository.current(role === 'releases' ? 'targets' : role, roleName(role)).signed;

/** Reads `served` with the anchor of `repository`, and holds the image of v1 to what is found. Throws when it is refused. */
export function verifyImage(repository: Simulator, served: ReadonlyMap<string, Uint8Array>, floor: Floor | undefined): TargetsTrusted {
  const env = repository.env();
  const answer = answerFrom(served);
  const stage = drive(refresh(repository.anchor(), floor, env), answer).result;
  const target = drive(findTarget(stage, 'v1', new Map(), env), answer).result;
  if (target === undefined) throw new TrustError('unsigned', 'v1 is not signed');
  const kind = entryKind(target.entry);
  if (kind.kind !== 'image' && kind.kind !== 'unstated') throw new TrustError('wrong-kind', 'v1 is no image');
  verifyBytes('v1', image('v1').bytes, target.entry, env.crypto);
  return stage;
}

/** What a reader remembers that saw the newest. */
export const memoryOf = (repository: Simulator): Floor =>
  floorAfter(verifyImage(repository, repository.served, undefined), repository.env());

/** The code of a refusal, or undefined when there is none. An error without a code is no refusal but an accident. */
export function codeOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
}
