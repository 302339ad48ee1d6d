// What a person calls things: images as docker reads them, repositories, and files by GUN:NAME.
import { type Gun, parseGun, parseTargetPath } from '@countersign/core';
import { type ImageReference, parseReference, withDefaultTag } from '@countersign/registry';
import { UsageError } from './errors.ts';
import { typed } from './given.ts';

/** A repository, taken as it is written. */
export const typedGun = (text: string): Gun => typed('the repository name', () => parseGun(text));

/** An image, normalised; `latest` where neither tag nor digest is written. */
export const typedImage = (text: string): ImageReference => typed('the image name', () => withDefaultTag(parseReference(text)));

/** A signed name of a repository. */
export interface NamedFile {
  readonly gun: Gun;
  readonly name: string;
}

/** `GUN:NAME`. A GUN ends at the first colon that is not a port followed by a slash. */
export function typedFile(text: string): NamedFile {
  const port = /^[^/:]*:[0-9]+(?=\/)/.exec(text)?.[0].length ?? 0;
  const colon = text.indexOf(':', port);
  if (colon < 0) throw new UsageError('bad-arguments', `wanted GUN:NAME, got ${text.slice(0, 80)}`);
  const gun = typedGun(text.slice(0, colon));
  return { gun, name: typed('the name behind the colon', () => parseTargetPath(text.slice(colon + 1))) };
}
