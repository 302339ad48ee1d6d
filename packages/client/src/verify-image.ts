// Is this image what its publisher signed?
import { type Digest, digestOf, entryKind, FormatError, type TargetEntry, TrustError, verifyBytes } from '@countersign/core';
import { checkManifest } from './manifest.ts';
import type { Refreshed } from './refresh-repository.ts';
import { kindOf, mismatch, refuseRevoked, signedTarget, verdict } from './signed-entry.ts';
import { listEntries, sha256Of } from './trusted-repository.ts';
import type { ImageName, ManifestSource, Verdict } from './verdict.ts';

/** See `TrustClient.verify`. */
export async function verifyImage(refreshed: Refreshed, { gun, tag, digest }: ImageName, manifests: ManifestSource): Promise<Verdict> {
  if (tag !== undefined) return verifyTag(refreshed, tag, digest, manifests);
  if (digest !== undefined) return verifyDigest(refreshed, digest);
  throw new FormatError('invalid-name', `${gun}: wanted a tag or a digest, got neither`);
}

async function verifyTag(refreshed: Refreshed, tag: string, wanted: Digest | undefined, manifests: ManifestSource): Promise<Verdict> {
  const { gun, env } = refreshed;
  const target = await signedTarget(refreshed, tag);
  const { entry } = target;
  const kind = kindOf(tag, entry, 'image');
  const signed = sha256Of(entry);
  if (signed !== undefined) {
    await refuseRevoked(refreshed, signed);
    if (wanted !== undefined && wanted !== signed)
      throw mismatch(`${gun}:${tag} is signed as ${signed}, asked for was ${wanted}`, { wanted, signed, got: signed });
  }
  const { bytes, mediaType } = await manifests.manifest({ gun, tag });
  // The digest is of the bytes that arrived: what a header says of them is a claim.
  const digest = digestOf(env.crypto, bytes);
  try {
    verifyBytes(`${gun}:${tag}`, bytes, entry, env.crypto);
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    throw mismatch(`${gun}:${tag} is ${digest} at the registry, signed is ${signed ?? 'another'}`, { signed, got: digest }, error);
  }
  if (wanted !== undefined && wanted !== digest)
    throw mismatch(`${gun}:${tag} is ${digest}, asked for was ${wanted}`, { wanted, signed, got: digest });
  if (signed === undefined) await refuseRevoked(refreshed, digest);
  const signedType = kind.kind === 'image' ? kind.mediaType : undefined;
  checkManifest(bytes, mediaType, signedType, env.limits);
  return verdict(refreshed, target, { digest, mediaType: signedType, role: target.role });
}

/** A digest needs a current signed entry: one that was signed once and replaced since is not signed any more. */
async function verifyDigest(refreshed: Refreshed, digest: Digest): Promise<Verdict> {
  await refuseRevoked(refreshed, digest);
  const { entries, problem } = await listEntries(refreshed, (entry) => sha256Of(entry) === digest);
  const image = entries.find(({ entry }) => isImage(entry)) ?? entries[0];
  if (image === undefined && problem !== undefined) throw problem;
  if (image === undefined) throw new TrustError('unsigned', `${refreshed.gun}: no current signed entry for ${digest}`);
  const kind = kindOf(image.path, image.entry, 'image');
  return verdict(refreshed, image, { digest, mediaType: kind.kind === 'image' ? kind.mediaType : undefined, role: image.role });
}

function isImage(entry: TargetEntry): boolean {
  const { kind } = entryKind(entry);
  return kind === 'image' || kind === 'unstated';
}
