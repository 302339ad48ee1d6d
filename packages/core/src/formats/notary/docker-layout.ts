// How Docker lays out a repository: released tags in one role, and beside it a role for each signer, which is called after them. Nothing
// else in Notary says who holds a key.
import type { Cryptography } from '../../crypto/port.ts';
import type { Parsed, SignerNames } from '../../model/metadata.ts';
import type { Fingerprint, RoleName } from '../../names/brand.ts';
import { parseNotaryRoleName } from '../../names/notary-names.ts';
import { parseRoleName } from '../../names/role-name.ts';

/** Where Docker keeps released tags. */
export const DOCKER_RELEASES: RoleName = parseNotaryRoleName('targets/releases');

/** Whoever holds the key of a role is called as the role is, the way to it left out; of two roles with one key, the first names it. */
export function dockerSigners({ content: { delegations } }: Parsed<'targets'>, crypto: Cryptography): SignerNames {
  const names = new Map<Fingerprint, RoleName>();
  for (const role of delegations?.roles ?? []) {
    if (role.name === DOCKER_RELEASES) continue;
    const name = parseRoleName(role.name.slice(role.name.lastIndexOf('/') + 1));
    for (const keyid of role.keyids) {
      const spelling = delegations?.keys.get(keyid);
      const opened = spelling && crypto.openKey(spelling);
      if (opened?.status === 'ready' && !names.has(opened.key.fingerprint)) names.set(opened.key.fingerprint, name);
    }
  }
  return names;
}

/** `docker trust sign` signs in every role right below targets whose key it has, so that the released tag and the signer's own agree. */
export function besideRole(role: RoleName, { content: { delegations } }: Parsed<'targets'>): readonly RoleName[] {
  const names = (delegations?.roles ?? []).map(({ name }) => name);
  return names.includes(role) ? names.filter((name) => name !== role) : [];
}
