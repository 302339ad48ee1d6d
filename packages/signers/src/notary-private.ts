// What the notary client and docker note beside a private key: its role, its repository, and, in an exported key, the file it came from.
// Keys are named by their id, and a key under the name of another one would sign, or be handed over, in its place: so names are checked.
import { basename } from 'node:path';
import { excerpt, type KeyId } from '@countersign/core';
import { KeyError } from './errors.ts';
import type { LocalSigner } from './memory.ts';
import type { PemBlock } from './pem-block.ts';
import { notaryIdOf } from './public-key.ts';

/** The header lines of a key file, as they stand there. They are believed by nobody: whoever writes the file writes them. */
export interface NotaryNotes {
  /** `root`, `targets`, `snapshot`, a delegated role, or the name of a signer of docker. */
  readonly role: string | undefined;
  /** The repository; the client notes it for targets and snapshot alone. */
  readonly gun: string | undefined;
  /** The name of the file that the key was exported from, which is its id. */
  readonly path: string | undefined;
}

/** A key of the notary client. */
export interface NotaryFacts extends Pick<NotaryNotes, 'role' | 'gun'> {
  /** Its canonical id: what `notary key list` shows. */
  readonly keyid: KeyId;
}

const LONGEST = 255;
const LONGEST_LABEL = 64;

/** The notes of `block`, or undefined where it has none. Throws KeyError('damaged') for what no terminal should show. */
export function notaryNotes({ headers }: PemBlock): NotaryNotes | undefined {
  const [role, gun, path] = ['role', 'gun', 'path'].map((name) => headers.get(name) || undefined);
  for (const text of [role, gun, path]) {
    if (text !== undefined && (text.length > LONGEST || /\p{C}/u.test(text))) {
      throw new KeyError('damaged', `private key has a header line of control characters, or of more than ${LONGEST} characters`);
    }
  }
  return role === undefined && gun === undefined && path === undefined ? undefined : { role, gun, path };
}

/** Throws KeyError('damaged') when the key has another id than the file that it says it came from; `name` is what errors call the key. */
export function notaryFacts(signer: LocalSigner, { role, gun, path }: NotaryNotes, name: string): NotaryFacts {
  const keyid = notaryIdOf(signer.key);
  // Before version 0.4, names ended in the role: 0123…_root.
  if (path !== undefined) checkNotaryName(basename(path).replace(/(?:_.*)?(?:\.key)?$/, ''), keyid, name);
  return { keyid, role, gun };
}

/**
 * Checks the name of a key file, `KEYID.key`, against the key inside. A file that was renamed to something else is not asked. Throws
 * KeyError('damaged').
 */
export function checkNotaryFileName(path: string, keyid: KeyId): void {
  const [, named] = /^([0-9a-f]{64})(?:_.*)?\.key$/.exec(basename(path)) ?? [];
  if (named !== undefined) checkNotaryName(named, keyid, path);
}

function checkNotaryName(named: string, keyid: KeyId, name: string): void {
  if (named !== keyid) throw new KeyError('damaged', `${name} is named as key ${excerpt(named)}, and holds key ${keyid}`);
}

/** A label for people: a person knows the key as `root`, as that of a repository, or by the name of a signer. */
export function notaryLabel({ role, gun }: NotaryNotes): string | undefined {
  if (role === undefined) return undefined;
  const [front, back] = gun === undefined ? [role, ''] : [`${role} of `, gun];
  const room = LONGEST_LABEL - front.length;
  const label = back.length <= room ? front + back : room > 8 ? `${front}…${back.slice(1 - room)}` : role;
  return label.length <= LONGEST_LABEL && label === label.trim() ? label : undefined;
}
