// A server's judgement of a Notary root. The order of the checks, and their texts, are those of the reference: its clients show them.
import type { Env, RootAsked } from '../../formats/dialect.ts';
import type { Parsed } from '../../model/metadata.ts';
import { ROOT, TOP_LEVEL_ROLES } from '../../model/top-level.ts';
import type { Gun } from '../../names/brand.ts';
import { checkNotExpired } from '../../trust/root.ts';
import { type Verified, verifySigned } from '../../verify/verify-signed.ts';
import type { Review, ReviewHead, ReviewRules, Standing, Upload } from '../plan.ts';
import { countKeys, type KeyCount } from '../review-key-count.ts';
import { reviewRoleKeys } from '../review-names.ts';
import { storedFile } from '../review-stored.ts';
import { about, refusal, refusing } from './refusal.ts';
import { reviewNotaryKeys } from './server-keys.ts';
import { reviewSpelling } from './spelling.ts';

/** The root after this upload. Throws ReviewError. */
export function* rootPart(
  head: ReviewHead | undefined,
  upload: Upload,
  rules: ReviewRules,
  count: KeyCount,
  env: Env,
): Review<Standing<'root'>> {
  const stored = yield* storedFile(head, ROOT, 'root', env);
  const part = upload.parts.get(ROOT);
  if (part !== undefined) return { file: yield* arrivedRoot(part, stored, upload.gun, rules, count, env), arrived: true };
  if (stored === undefined) throw refusal('validation', 'no pre-existing root and no root provided in update.');
  return {
    file: refusing('root', () => verifySigned(stored, signersOf(stored, upload.gun, env), stored.content.keys, env)),
    arrived: false,
  };
}

/** A certificate of the root before may have run out: otherwise nothing could ever be published again, not even its successor. */
const signersOf = (root: Parsed<'root'>, gun: Gun, env: Env) => env.dialect.rootSigners(root, { ...asked(gun, env), now: undefined });

/** This decides who may publish here, not whom anybody believes: a name that ends in `*` is its reader's affair. */
const asked = (gun: Gun, { now }: Env): RootAsked => ({ gun, now, wildcards: 'allow' });

function* arrivedRoot(
  part: Uint8Array,
  stored: Parsed<'root'> | undefined,
  gun: Gun,
  rules: ReviewRules,
  count: KeyCount,
  env: Env,
): Review<Verified<'root'>> {
  const parsed = refusing('root', () => env.dialect.parse('root', ROOT, part, env));
  refusing('root', () => countKeys(parsed, count, env.limits));
  checkStep(parsed, stored);
  if (stored !== undefined) {
    const text = 'could not rotate trust to a new trusted root: failed to validate data with current trusted certificates';
    refusing('root', () => verifySigned(parsed, signersOf(stored, gun, env), stored.content.keys, env), text);
  }
  const path = 'could not validate the path to a trusted root';
  const leaves = refusing(
    'root',
    () => env.dialect.rootSigners(parsed, asked(gun, env)),
    `${path}: unable to retrieve valid leaf certificates`,
  );
  const broken = `${path}: failed to validate integrity of roots`;
  const root = refusing('root', () => verifySigned(parsed, leaves, parsed.content.keys, env), broken);
  refusing('root', () => {
    checkNotExpired(root, env);
    for (const role of TOP_LEVEL_ROLES) {
      const keys = role === 'root' ? leaves : root.content.roles.get(role);
      if (keys !== undefined) reviewRoleKeys(role, keys, root.content.keys, env);
    }
    reviewSpelling(root);
  });
  yield* about('root', reviewNotaryKeys(root, rules, env));
  return root;
}

/** The same version again passes for now: what it says is judged first, and that it is no news comes last. */
function checkStep(root: Parsed<'root'>, stored: Parsed<'root'> | undefined): void {
  const [current, next] = [stored?.content.version ?? 1, root.content.version];
  if (next === current || next === current + 1) return;
  throw refusal('root', `Root modifications must increment the version. Current ${current}, new ${next}`);
}
