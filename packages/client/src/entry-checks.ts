// What is asked of entries before anybody signs them, and again before a draft that waited is published: nobody's signature, not even
// half of them, may go under a name that no client would find or a digest that is denied.
import { entryKind, type RoleName, TARGETS, TrustError } from '@countersign/core';
import type { EntriesChange } from './change.ts';
import { PublishError } from './errors.ts';
import type { Refreshed } from './refresh-repository.ts';
import type { SearchedRole } from './repository.ts';
import { searchOrder } from './search-order.ts';
import { refuseRevoked } from './signed-entry.ts';
import { standingRole } from './standing.ts';
import { sha256Of } from './trusted-repository.ts';

type Entries = EntriesChange['entries'];

/** What is denied stays denied: an entry for it would look signed, and every verification would refuse it. Throws TrustError(`revoked`). */
export async function refuseDenied(entries: Entries, repository: Refreshed): Promise<void> {
  for (const entry of entries.values()) {
    const digest = entry && sha256Of(entry);
    if (entry !== undefined && digest !== undefined && entryKind(entry).kind !== 'revocation') await refuseRevoked(repository, digest);
  }
}

/**
 * For what has no signatures yet, and cannot be searched as clients will search it: asks the roles that stand, in the order of the
 * search, who speaks of these names before and after `name`. Throws PublishError(`shadowed`), TrustError(`revoked`), and what is wrong
 * with a role that is asked earlier.
 */
export async function refuseHidden(name: RoleName, entries: Entries, repository: Refreshed): Promise<void> {
  await refuseDenied(entries, repository);
  if (name === TARGETS) return;
  const { place } = await standingRole(repository, name);
  // A hash bin is a piece of the role above it, and is asked when that role is.
  const asked = place?.bin === true ? place.delegator.name : name;
  for (const [path, entry] of entries) {
    const { inTargets, roles } = await searchOrder(repository, path);
    const at = roles.findIndex(({ role }) => role === asked);
    const earlier = roles.slice(0, Math.max(at, 0)).filter(({ reached }) => reached);
    for (const { problem } of earlier) if (problem !== undefined) throw problem;
    const before = inTargets === 'first' ? TARGETS : earlier.find(({ holds }) => holds)?.role;
    const said = path.slice(0, 80);
    if (entry === undefined) {
      // What stands behind another entry may go before it does: nobody finds anything else than they did.
      const behind = at < 0 || before !== undefined ? undefined : roles.slice(at + 1).find(speaks)?.role;
      if (behind !== undefined) throw shadowed(`${said}: ${behind} still has an entry`, path, behind);
    } else if (before !== undefined) {
      throw shadowed(`${said}: ${before} has an entry that every client finds before ${name}`, path, before);
    } else if (roles[at]?.reached !== true) {
      throw shadowed(`${said}: a search for it does not reach ${name}`, path, earlier.find(({ terminating }) => terminating)?.role);
    }
  }
}

const speaks = ({ holds, reached }: SearchedRole): boolean => holds && reached;

/** The same as a value: a draft that others have begun is shown with what stands against it, and is never signed. */
export async function objectionTo(name: RoleName, entries: Entries, repository: Refreshed): Promise<PublishError | TrustError | undefined> {
  try {
    await refuseHidden(name, entries, repository);
    return undefined;
  } catch (error) {
    // A role that another draft of the same set adds stands nowhere yet; it is searched when all of them are published together.
    if (error instanceof PublishError && error.code === 'unknown-role') return undefined;
    if (error instanceof PublishError || error instanceof TrustError) return error;
    throw error;
  }
}

export const shadowed = (text: string, path: string, role: RoleName | undefined, paths?: readonly string[]): PublishError =>
  new PublishError('shadowed', text, { details: { path, role, ...(paths === undefined ? {} : { paths }) } });
