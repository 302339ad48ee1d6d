// `IMAGE:TAG`, `IMAGE@DIGEST` and `GUN:NAME` in one argument. With a host in front all of them mean the repository that is written
// there. Without one, `tools:v1` may be an image of Docker Hub or an entry of the collection `tools`; what this machine has pinned
// decides, and `--collection` says it.
import type { Digest, Gun } from '@countersign/core';
import { parseReference } from '@countersign/registry';
import { pinStore } from './compose/pins.ts';
import { dialectOf } from './dialect.ts';
import { UsageError } from './errors.ts';
import { foldersOf } from './folders.ts';
import { typed } from './given.ts';
import { hostOf } from './host-of.ts';
import { splitName, typedFile, typedGun } from './names.ts';
import type { Call } from './tree/spec.ts';

export interface EntryName {
  readonly gun: Gun;
  /** A tag, or the name of a file. */
  readonly name: string | undefined;
  readonly digest: Digest | undefined;
}

const DIGEST = /@sha256:[^/]*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Throws UsageError `bad-arguments`, also for a name that this machine knows in both readings. */
export async function typedEntry(call: Call, text: string): Promise<EntryName> {
  const at = DIGEST.exec(text)?.index ?? text.length;
  const { before, behind } = splitName(text.slice(0, at));
  const image = behind === undefined || TAG.test(behind);
  if (!image) return { ...typedFile(text, call), digest: undefined };
  if (await isCollection(call, before, at < text.length || behind !== undefined)) {
    const { digest } = at < text.length ? typed('the digest', () => parseReference(`localhost/x${text.slice(at)}`)) : { digest: undefined };
    return { gun: typedGun(before, call), name: behind, digest };
  }
  const { gun, tag, digest } = typed('the image name', () => parseReference(text));
  return { gun, name: tag, digest };
}

/** Without tag and digest a name is a repository, taken as it is written. */
async function isCollection(call: Call, name: string, isEntry: boolean): Promise<boolean> {
  if (!isEntry || call.given.flag('collection')) return true;
  if (hostOf(name) !== undefined) return false;
  const { gun } = typed('the image name', () => parseReference(name));
  const pins = pinStore(foldersOf(call.world, call.given.text('trust-dir')), dialectOf(call, name));
  if ((await pins.read(typedGun(name, call))) === undefined) return false;
  if ((await pins.read(gun)) === undefined) return true;
  throw new UsageError('bad-arguments', `${name} is a collection and ${gun} an image, and this machine knows both`, {
    next: `write ${gun} for the image, or give --collection`,
  });
}
