// A server's judgement of a draft that waits for signatures. What is kept is never served as metadata: it only saves people who sign
// together from meeting. Judged like an upload all the same, or whoever may push could fill a store with what nobody ever signs.
import { digestOf } from '../crypto/digest.ts';
import { ReviewError, TrustError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import type { Parsed } from '../model/metadata.ts';
import { roleOf } from '../model/role-of.ts';
import { ROOT, SNAPSHOT, TARGETS, TIMESTAMP, TOP_LEVEL_ROLES } from '../model/top-level.ts';
import type { Digest, Gun } from '../names/brand.ts';
import { parseOwnRoleName } from '../names/role-name.ts';
import { checkName, checkSameLine } from '../trust/binding.ts';
import { checkNotExpired } from '../trust/root.ts';
import { askBytes } from './ask.ts';
import { checkClaims, claimOf } from './claims.ts';
import type { Offer, PendingPlan, PendingReview } from './pending-plan.ts';
import { pendingSignatories } from './pending-signatories.ts';
import type { Review, ReviewHead, ReviewRules } from './plan.ts';
import { countKeys } from './review-key-count.ts';
import { named, reviewBinding, reviewRoleKeys, reviewTargetsContent } from './review-names.ts';
import { reviewDelegatedKeys, reviewServerKeys } from './review-server-keys.ts';
import { checkVersion, storedFile } from './review-stored.ts';
import { validSignatures } from './valid-signatures.ts';

/** Throws ReviewError, TrustError or FormatError with the reason; then nothing is kept. */
export function* reviewPending(head: ReviewHead | undefined, offer: Offer, rules: ReviewRules, env: Env): PendingReview<PendingPlan> {
  const { gun, role, file } = offer;
  checkOffered(offer, env);
  const root = head === undefined || head.deleted ? undefined : yield* storedFile(head, ROOT, 'root', env);
  if (root === undefined) throw new ReviewError('refused-upload', `${gun} has no root yet, a draft must follow what stands`);
  const draft = role === ROOT ? env.dialect.parse('root', role, file, env) : env.dialect.parse('targets', role, file, env);
  countKeys(draft, { keys: 0, uses: 0 }, env.limits);
  checkVersion(head, role, draft.content.version, env);
  checkNotExpired(draft, env);
  if (isRoot(draft)) yield* reviewRootDraft(draft, root, gun, rules, env);
  else {
    reviewBinding(draft, root);
    reviewTargetsContent(draft, env);
    yield* reviewDelegatedKeys(draft, rules, env);
  }
  yield* checkClaims([claimOf(draft, env)], offer);

  const signed = digestOf(env.crypto, draft.signedBytes);
  const kept = yield* keptDraft(offer, draft, signed, env);
  const signatories = isRoot(draft)
    ? [root, draft].map((by) => ({ role: roleOf(by, 'root'), keys: by.content.keys }))
    : yield* pendingSignatories(head, offer, root, env);
  const { signatures, signers } = validSignatures([draft, ...kept], signatories, env);
  if (signatures.length === 0) throw new TrustError('signature', `${role} v${draft.content.version} is signed by no key of this role`);
  if (signatures.length > env.limits.signatures)
    throw new ReviewError('refused-upload', `${role} has ${signatures.length} signatures, at most ${env.limits.signatures} are kept`);
  return {
    role,
    version: draft.content.version,
    previous: head?.files.get(role)?.digest,
    signed,
    file: env.dialect.file(draft.signed, signatures),
    signers,
    goesOn: kept.length > 0,
  };
}

function checkOffered({ role, file }: Offer, { limits }: Env): void {
  if (role === SNAPSHOT || role === TIMESTAMP)
    throw new ReviewError('refused-upload', `${role} is signed by the server, nobody waits for it`);
  if (role !== ROOT && role !== TARGETS) named(role, parseOwnRoleName);
  const most = role === ROOT ? limits.rootBytes : limits.targetsBytes;
  if (file.length > most) throw new ReviewError('refused-upload', `${role} has ${file.length} bytes, at most ${most} are allowed`);
}

const isRoot = (draft: Parsed<'root'> | Parsed<'targets'>): draft is Parsed<'root'> => draft.kind === 'root';

/** As for a root that is published, but for its signatures: those are what the draft waits for. */
function* reviewRootDraft(draft: Parsed<'root'>, standing: Parsed<'root'>, gun: Gun, rules: ReviewRules, env: Env): Review<void> {
  checkSameLine(draft, standing);
  checkName(draft, gun, 'required');
  for (const role of TOP_LEVEL_ROLES) reviewRoleKeys(role, roleOf(draft, role), draft.content.keys, env);
  yield* reviewServerKeys(draft, rules, env);
}

function* keptDraft(
  { role, drafts }: Offer,
  draft: Parsed<'root' | 'targets'>,
  signed: Digest,
  env: Env,
): PendingReview<readonly Parsed<'root' | 'targets'>[]> {
  const file = drafts.has(role) ? yield* askBytes({ need: 'draft', role }) : undefined;
  if (file === undefined) return [];
  const kept = env.dialect.parse(draft.kind, role, file, env);
  const before = digestOf(env.crypto, kept.signedBytes);
  if (before === signed) return [kept];
  // Whoever signed the first must not find something else in its place: it has to be withdrawn in so many words.
  throw new ReviewError('other-draft', `another draft of ${role} v${kept.content.version} waits for signatures`, {
    details: { role, waiting: before, offered: signed },
  });
}
