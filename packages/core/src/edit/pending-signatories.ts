// Whose signatures a waiting draft of targets or of a delegated role may collect: the keys that stand, and those that another
// waiting draft would bring. New keys sign together with the root or the delegation that names them, before either is published.
import { ReviewError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import { binNamed } from '../model/bins.ts';
import type { Parsed } from '../model/metadata.ts';
import { roleOf } from '../model/role-of.ts';
import { ROOT, TARGETS } from '../model/top-level.ts';
import type { RoleName } from '../names/brand.ts';
import { askBytes } from './ask.ts';
import type { Offer, PendingReview } from './pending-plan.ts';
import type { ReviewHead } from './plan.ts';
import { storedFile } from './review-stored.ts';
import type { RoleSigners } from './valid-signatures.ts';

/** Throws ReviewError(`unknown-role`) when neither what stands nor a draft delegates to the role. */
export function* pendingSignatories(
  head: ReviewHead | undefined,
  offer: Offer,
  root: Parsed<'root'>,
  env: Env,
): PendingReview<readonly RoleSigners[]> {
  if (offer.role === TARGETS) {
    const coming = yield* draftOf('root', ROOT, offer, env);
    return [root, ...coming].map((by) => ({ role: roleOf(by, 'targets'), keys: by.content.keys }));
  }
  const seen = new Set<RoleName>([TARGETS]);
  for (const delegator of seen) {
    const found: RoleSigners[] = [];
    const standing = yield* storedFile(head, delegator, 'targets', env);
    const coming = yield* draftOf('targets', delegator, offer, env);
    for (const { content } of [...(standing === undefined ? [] : [standing]), ...coming]) {
      const { roles = [], bins } = content.delegations ?? {};
      const bin = bins && binNamed(bins, offer.role);
      for (const role of bin === undefined ? roles : [bin]) {
        if (role.name === offer.role) found.push({ role, keys: content.delegations?.keys ?? new Map() });
        // Names without a file lead no further: a small draft may list very many of them.
        else if (head?.files.has(role.name) || offer.drafts.has(role.name)) seen.add(role.name);
      }
    }
    if (found.length > 0) return found;
  }
  throw new ReviewError('unknown-role', `${offer.role}: no delegation leads to this role`);
}

function* draftOf<Kind extends 'root' | 'targets'>(
  kind: Kind,
  name: RoleName,
  { role, drafts }: Offer,
  env: Env,
): PendingReview<readonly Parsed<Kind>[]> {
  const file = name !== role && drafts.has(name) ? yield* askBytes({ need: 'draft', role: name }) : undefined;
  return file === undefined ? [] : [env.dialect.parse(kind, name, file, env)];
}
