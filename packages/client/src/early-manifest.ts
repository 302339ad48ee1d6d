// The registry is asked while the trust server is: neither answer depends on the other, and both are judged in the usual order.
import type { ImageName, ManifestSource } from './verdict.ts';

export interface EarlyManifest extends ManifestSource {
  /** Asks for the manifest of a tag. A failure is told to whoever takes the manifest, and to nobody else. */
  ask(image: ImageName): void;
}

/** `source`, whose answer to `ask` is kept until it is wanted. */
export function askedEarly(source: ManifestSource): EarlyManifest {
  let underWay: ReturnType<ManifestSource['manifest']> | undefined;
  return {
    ask({ gun, tag }) {
      if (tag === undefined) return;
      underWay = (async () => source.manifest({ gun, tag }))();
      underWay.catch(() => undefined);
    },
    manifest: (wanted) => underWay ?? source.manifest(wanted),
  };
}
