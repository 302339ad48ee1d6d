// Signing an image: what the registry serves is fetched and hashed, and the digest that the build reported decides.
import { type Digest, imageEntry, type JsonObject, TrustError } from '@countersign/core';
import type { ImageReference } from '@countersign/registry';
import type { Trust } from './compose/opened.ts';
import { openRegistry } from './compose/registry.ts';
import { type Pen, type PublishedEntries, publishEntries } from './publish-entries.ts';
import type { Call } from './tree/spec.ts';

export interface SignedImage extends PublishedEntries {
  readonly digest: Digest;
  readonly length: number;
  readonly mediaType: string;
}

/**
 * Signs the bytes that the registry serves at the tag. `built` is the digest that whoever made the image reported: when it
 * differs, nothing is published. Throws TrustError `mismatch`, and what registry and client throw.
 */
export async function signImage(
  call: Call,
  trust: Trust,
  image: ImageReference & { readonly tag: string },
  pen: () => Promise<Pen>,
  what: { readonly built: Digest | undefined; readonly custom: JsonObject | undefined },
): Promise<SignedImage> {
  const { world, given, output } = call;
  const { host, repository, tag, gun } = image;
  output.progress(`asking ${host} for ${repository}:${tag}`);
  const registry = openRegistry(world, given, trust.config, trust.registryHttp);
  const { bytes, digest, mediaType } = await registry.manifest({ host, repository, reference: tag });
  const { built, custom } = what;
  if (built !== undefined && digest !== built) {
    const refusal = new TrustError('mismatch', `${gun}:${tag} at the registry is not what was built: nothing was signed`, {
      details: { wanted: built, got: digest },
    });
    throw Object.assign(refusal, { next: 'find out who moved the tag after the build; then push what was built, and sign that' });
  }
  const facts = { digest, length: bytes.length, mediaType };
  const published = await publishEntries(call, trust, await pen(), new Map([[tag, imageEntry(facts, custom)]]));
  return { ...published, ...facts };
}
