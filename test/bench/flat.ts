// A repository with one flat targets file, the layout in which other TUF clients are at home.
import { createHash } from 'node:crypto';
import { imageEntry, type JsonValue, parseDigest, TARGETS, tuf } from '@countersign/core';
import { type Simulator, simulate, withoutMember } from '@countersign/testkit';

export const MEDIA_TYPE = 'application/vnd.oci.image.index.v1+json';
/** The tag that every contestant verifies. */
export const TAG = 7;
export const tagName = (index: number): string => `tag-${String(index).padStart(6, '0')}`;
/** The manifest that a tag stands for. */
export const manifestOf = (index: number): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE, manifests: [], annotations: { index: String(index) } }),
  );

export async function flatRepository(tags: number): Promise<Simulator> {
  const repository = await simulate({ now: Date.now() });
  const targets = new Map<string, JsonValue>();
  for (let index = 0; index < tags; index += 1) {
    const bytes = manifestOf(index);
    const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
    targets.set(tagName(index), tuf.entry(imageEntry({ digest, length: bytes.length, mediaType: MEDIA_TYPE })));
  }
  await repository.next('targets', TARGETS, { targets, delegations: undefined });
  // A flat repository has no other role: what the simulator began with is left out.
  await repository.snapshot({ bend: withoutMember(['meta', 'releases.json']) });
  await repository.timestamp();
  return repository;
}
