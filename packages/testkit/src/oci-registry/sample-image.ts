// A small real image: an OCI index over two platforms, each with one layer. The seed makes different images.
import { gzipSync } from 'node:zlib';
import { digestWith } from './content.ts';
import type { TestRegistry } from './registry.ts';
import { tarOf } from './tar.ts';

export interface SampleManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly digest: string;
}

export interface SampleImage {
  /** Layers and configurations. */
  readonly blobs: readonly Uint8Array[];
  /** One for each platform: linux/amd64, linux/arm64. */
  readonly manifests: readonly SampleManifest[];
  readonly index: SampleManifest;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const described = (mediaType: string, bytes: Uint8Array): { mediaType: string; digest: string; size: number } => ({
  mediaType,
  digest: digestWith('sha256', bytes),
  size: bytes.length,
});

/** An image whose one file says the seed and the platform. The same seed gives the same digests on one version of Node. */
export function sampleImage({ seed }: { readonly seed: string }): SampleImage {
  const blobs: Uint8Array[] = [];
  const manifests: SampleManifest[] = [];
  const entries: unknown[] = [];
  for (const architecture of ['amd64', 'arm64']) {
    const content = new TextEncoder().encode(`hello from ${seed} on ${architecture}\n`);
    const tar = tarOf([{ name: 'hello.txt', mode: 0o644, content }]);
    const layer = new Uint8Array(gzipSync(tar, { level: 9 }));
    const config = encode({
      architecture,
      os: 'linux',
      config: { Cmd: ['/hello.txt'], Labels: { seed } },
      rootfs: { type: 'layers', diff_ids: [digestWith('sha256', tar)] },
      history: [{ created_by: 'countersign test image' }],
    });
    const bytes = encode({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: described('application/vnd.oci.image.config.v1+json', config),
      layers: [described('application/vnd.oci.image.layer.v1.tar+gzip', layer)],
    });
    blobs.push(layer, config);
    manifests.push({ bytes, mediaType: MANIFEST, digest: digestWith('sha256', bytes) });
    entries.push({ ...described(MANIFEST, bytes), platform: { architecture, os: 'linux' } });
  }
  const index = encode({ schemaVersion: 2, mediaType: INDEX, manifests: entries });
  return { blobs, manifests, index: { bytes: index, mediaType: INDEX, digest: digestWith('sha256', index) } };
}

/** Puts the sample image of `seed` into `registry` under `tag`, without HTTP; gives the digest of its index. */
export function pushSampleImage(registry: TestRegistry, repository: string, tag: string, { seed }: { readonly seed: string }): string {
  const { blobs, manifests, index } = sampleImage({ seed });
  for (const blob of blobs) registry.putBlob(repository, blob);
  for (const { bytes, mediaType } of manifests) registry.putManifest(repository, undefined, bytes, mediaType);
  return registry.putManifest(repository, tag, index.bytes, index.mediaType);
}
