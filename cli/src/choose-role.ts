// In which role a name is signed: the first that a search asks, of those for which enough keys are here. Another role would sign just
// as well and not be found.
import type { SearchedRole, TrustedRepository } from '@countersign/client';
import type { Fingerprint, RoleName } from '@countersign/core';
import { CommandError } from './errors.ts';
import { holdersText, needs } from './signer-words.ts';

/**
 * `here`: the keys that may be used. A role that none of them may sign is never chosen, and one for which they are too few only where no
 * other can be. Throws CommandError `no-key`, naming everybody who may sign.
 */
export async function chooseRole(repository: TrustedRepository, path: string, here: ReadonlySet<Fingerprint>): Promise<RoleName> {
  const asked = (await repository.search(path)).roles.filter(({ reached }) => reached);
  const [only, ...others] = asked;
  // No role may sign it: the publish says so, with the names that may be signed.
  if (only === undefined) return repository.usualRole;
  if (others.length === 0) return only.role;
  const held = ({ keys }: SearchedRole): number => keys.filter((key) => here.has(key)).length;
  const enough = asked.find((role) => held(role) >= role.threshold);
  const chosen = enough ?? asked.find((role) => held(role) > 0);
  if (chosen === undefined) throw nobodyHere(repository, path, asked);
  return chosen.role;
}

/** Roles that hold the name now and are asked after `name`: nobody finds what they say once that one says something. */
export async function hiddenBehind(repository: TrustedRepository, path: string, name: RoleName): Promise<readonly RoleName[]> {
  const { roles } = await repository.search(path);
  const at = roles.findIndex(({ role }) => role === name);
  return at < 0 ? [] : roles.slice(at + 1).flatMap(({ role, holds, reached }) => (holds && reached ? [role] : []));
}

function nobodyHere({ gun }: TrustedRepository, path: string, asked: readonly SearchedRole[]): CommandError {
  const who = asked.map((role) => `${role.role} (${needs(role)}: ${holdersText(role.keys, role.holders)})`);
  return new CommandError('no-key', `${path.slice(0, 80)} of ${gun} is for ${who.join(', or ')}, and none of these keys is here`, {
    details: { roles: asked.map(({ role, threshold, keys }) => ({ role, threshold, keys })) },
  });
}
