// POST of an upload, and DELETE: what changes a repository.
import { draftRecord, type RepositoryRef } from '@countersign/store';
import type { RepositoryCall } from '../call.ts';
import { commit } from '../commit.ts';
import { RequestError } from '../errors.ts';
import { finished } from '../finish-lost.ts';
import { publish, rolesOf } from '../publish.ts';
import { emptyReply, type Reply } from '../reply.ts';
import { keyOf, repositoryOf } from '../repository.ts';
import type { World } from '../world.ts';

/** Several roles as one publish: all of them or none. `?recreate=true` starts a deleted repository over. */
export async function postMetadata({ gun, caller, query, upload }: RepositoryCall, world: World): Promise<Reply> {
  const recreate = readRecreate(query);
  // Without its old root, only an administrator can say that a name may belong to somebody else from now on.
  if (recreate && !caller.may('admin', gun)) throw new RequestError('forbidden', `${caller.name} may not admin ${gun}`);
  const parts = rolesOf(await upload());
  const head = await publish(world, 'tuf', { gun, parts, recreate });
  return emptyReply({ seq: head.seq, roles: [...parts.keys()].slice(0, 32) });
}

/** A tombstone: nothing is served any more, and nothing is forgotten. 200 also where there is nothing to delete. */
export const deleteMetadata = ({ gun }: RepositoryCall, world: World): Promise<Reply> => deleteRepository(repositoryOf(gun, 'tuf'), world);

export async function deleteRepository(repository: RepositoryRef, world: World): Promise<Reply> {
  return await world.writes.run(keyOf(repository), async () => {
    const head = await finished(world, repository);
    if (head === undefined || head.deleted) return emptyReply({ deleted: 'already' });
    const record = draftRecord(head, { repository, kind: 'delete', time: world.now(), files: [], signers: [] });
    const next = await commit(world, repository, head, { files: [], record, claims: [], deleted: true });
    return emptyReply({ seq: next.seq, deleted: 'now' });
  });
}

function readRecreate(query: URLSearchParams): boolean {
  const [value, ...more] = query.getAll('recreate');
  if (more.length > 0 || (value !== undefined && value !== 'true' && value !== 'false')) {
    throw new RequestError('invalid-parameters', 'recreate: wanted true or false, once');
  }
  return value === 'true';
}
