// What a person calls things: images as docker reads them, repositories, and files by GUN:NAME.
import { type Gun, parseGun, parseTargetPath } from '@countersign/core';
import { type ImageReference, parseReference, withDefaultTag } from '@countersign/registry';
import { UsageError } from './errors.ts';
import { typed } from './given.ts';
import { hostOf } from './host-of.ts';

/** A repository, taken as it is written. */
export const typedGun = (text: string): Gun => typed('the repository name', () => parseGun(text));

/** An image, normalised; `latest` where neither tag nor digest is written. */
export const typedImage = (text: string): ImageReference => typed('the image name', () => withDefaultTag(parseReference(text)));

/** What to say beside a name without a host that nothing is known of: an image of that name is called otherwise. */
export function otherReading(gun: Gun): string {
  return hostOf(gun) === undefined ? `; an image of this name is ${typed('the repository name', () => parseReference(gun)).gun}` : '';
}

/** A signed name of a repository. */
export interface NamedFile {
  readonly gun: Gun;
  readonly name: string;
}

/** `GUN:NAME`. A GUN ends at the first colon that is not a port followed by a slash. */
export function typedFile(text: string): NamedFile {
  const { before, behind } = splitName(text);
  if (behind === undefined) throw new UsageError('bad-arguments', `wanted GUN:NAME, got ${text.slice(0, 80)}`);
  const gun = typedGun(before);
  return { gun, name: typed('the name behind the colon', () => parseTargetPath(behind)) };
}

/** The words on both sides of that colon. */
export function splitName(text: string): { readonly before: string; readonly behind: string | undefined } {
  const port = /^[^/:]*:[0-9]+(?=\/)/.exec(text)?.[0].length ?? 0;
  const colon = text.indexOf(':', port);
  return colon < 0 ? { before: text, behind: undefined } : { before: text.slice(0, colon), behind: text.slice(colon + 1) };
}
