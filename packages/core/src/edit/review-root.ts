// A server's judgement of a root: may it replace the one before, and could the repository live on under it?
import { ReviewError, TrustError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import type { Parsed } from '../model/metadata.ts';
import { roleOf } from '../model/role-of.ts';
import { ROOT, TOP_LEVEL_ROLES } from '../model/top-level.ts';
import { checkName, checkSameLine } from '../trust/binding.ts';
import { checkNotExpired } from '../trust/root.ts';
import { verifySigned } from '../verify/verify-signed.ts';
import type { Review, ReviewHead, ReviewRules, Standing, Upload } from './plan.ts';
import { countKeys, type KeyCount } from './review-key-count.ts';
import { reviewRoleKeys } from './review-names.ts';
import { reviewServerKeys } from './review-server-keys.ts';
import { checkVersion, storedFile } from './review-stored.ts';

/** The root after this upload. Throws ReviewError, TrustError or FormatError. */
export function* standingRoot(
  head: ReviewHead | undefined,
  upload: Upload,
  rules: ReviewRules,
  count: KeyCount,
  env: Env,
): Review<Standing<'root'>> {
  const file = upload.parts.get(ROOT);
  const stored = upload.recreate ? undefined : yield* storedFile(head, ROOT, 'root', env);
  if (file === undefined) {
    if (head?.deleted === true) throw new ReviewError('needs-old-root', `${upload.gun} was deleted: a new root is needed to go on`);
    if (stored === undefined) throw new ReviewError('refused-upload', `${upload.gun} has no root yet, and the upload brings none`);
    return { file: verifySigned(stored, roleOf(stored, 'root'), stored.content.keys, env), arrived: false };
  }
  const parsed = env.dialect.parse('root', ROOT, file, env);
  countKeys(parsed, count, env.limits);
  checkVersion(head, ROOT, parsed.content.version, env);
  if (stored !== undefined) heldToOldRoot(parsed, stored, head?.deleted === true, env);
  const root = verifySigned(parsed, roleOf(parsed, 'root'), parsed.content.keys, env);
  checkNotExpired(root, env);
  if (root.content.binding === undefined)
    throw new ReviewError('refused-upload', 'root: wanted the member x-countersign, which binds it to its repository');
  checkName(root, upload.gun, 'required');
  for (const role of TOP_LEVEL_ROLES) reviewRoleKeys(role, roleOf(root, role), root.content.keys, env);
  yield* reviewServerKeys(root, rules, env);
  return { file: root, arrived: true };
}

/** TUF 1.0.34 §6.1. After a deletion the old threshold is what tells the owner from whoever came next. */
function heldToOldRoot(root: Parsed<'root'>, old: Parsed<'root'>, deleted: boolean, env: Env): void {
  try {
    verifySigned(root, roleOf(old, 'root'), old.content.keys, env);
    checkSameLine(root, old);
  } catch (error) {
    if (!deleted || !(error instanceof TrustError)) throw error;
    throw new ReviewError(
      'needs-old-root',
      `this repository was deleted, and root v${root.content.version} does not continue its old root`,
      { cause: error },
    );
  }
}
