// What a timestamp is answered with in either dialect, wherever its bytes come from: a read of the store, or the commit that made it.
import { TIMESTAMP } from '@countersign/core';
import type { Head, RepositoryRef } from '@countersign/store';
import { notaryStoredReply } from './notary/stored-reply.ts';
import { type Reply, storedReply } from './reply.ts';
import { keyOf } from './repository.ts';
import type { Fresh, World } from './world.ts';

/** `bytes`: the timestamp that `head` names. Throws FormatError. */
export function freshOf(world: World, repository: RepositoryRef, head: Head, bytes: Uint8Array): Fresh {
  const { expires } = world.dialects[repository.dialect].parse('timestamp', TIMESTAMP, bytes, world).content;
  world.horizon.note('timestamp', keyOf(repository), expires, world.now());
  return { head, timestamp: bytes, expires, until: expires - world.lifetimes.timestamp / 2 };
}

/** `published`: when the repository last changed, in milliseconds, where that is known. Only clients of Notary are told. */
export function timestampReply(world: World, { dialect }: RepositoryRef, fresh: Fresh, published: number | undefined): Reply {
  if (dialect === 'notary') return notaryStoredReply(fresh.timestamp, 'current', lastSigned(fresh, published, world), world);
  const digest = fresh.head.files.get(TIMESTAMP)?.digest ?? '';
  return storedReply(fresh.timestamp, digest.slice('sha256:'.length), 'current');
}

/** One that was signed anew tells it by its end alone. */
function lastSigned({ expires }: Fresh, published: number | undefined, { lifetimes, now }: World): number | undefined {
  if (published === undefined) return undefined;
  return Math.min(Math.max(published, expires - lifetimes.timestamp), now());
}
