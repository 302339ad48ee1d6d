// Verifying an image: what `verify`, `pull` and, before it replaces a tag, nobody else may skip.
import type { TrustReader, Verdict } from '@countersign/client';
import { type Gun, parseGun } from '@countersign/core';
import type { ImageReference } from '@countersign/registry';
import { byPrefix, type Config, readConfig } from './compose/config.ts';
import type { Trust } from './compose/opened.ts';
import { openRegistry } from './compose/registry.ts';
import { withReader } from './compose/trust.ts';
import { foldersOf } from './folders.ts';
import { typed } from './given.ts';
import { typedGun } from './names.ts';
import type { Call } from './tree/spec.ts';

/** A verified image, and where it is. */
export interface VerifiedImage {
  readonly verdict: Verdict;
  /** What to pull: `HOST/REPOSITORY@sha256:HEX`, on the host that was asked for. */
  readonly reference: string;
}

/** Verifies, then does what depends on it while everything is still open. Throws what the client throws. */
export async function withVerifiedImage<Result>(
  call: Call,
  image: ImageReference,
  work: (verified: VerifiedImage, trust: Trust<TrustReader>) => Promise<Result>,
): Promise<Result> {
  const { world, given } = call;
  const config = readConfig(foldersOf(world, given.text('trust-dir')).config);
  const gun = signedName(call, config, image.gun);
  return withReader(call, gun, async (trust) => {
    const registry = openRegistry(world, given, trust.config, trust.registryHttp);
    const { tag, digest } = image;
    const name = { gun, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
    const verdict = await trust.client.verify(name, {
      // A mirror is asked for the bytes; what they must hash to is what was signed under the other name.
      manifest: (wanted) => registry.manifest({ host: image.host, repository: image.repository, reference: wanted.tag }),
    });
    return work({ verdict, reference: `${image.gun}@${verdict.digest}` }, trust);
  });
}

/** The name an image was signed under: itself, what `--as` says, or what the configuration says of its mirror. Never a guess. */
function signedName(call: Call, config: Config, gun: Gun): Gun {
  const as = call.given.text('as');
  if (as !== undefined) return typedGun(as, call);
  const mirror = byPrefix(config.mirrors, gun);
  if (mirror === undefined) return gun;
  return typed('mirrors in config.json', () => parseGun(`${mirror.value}${gun.slice(mirror.prefix.length)}`));
}
