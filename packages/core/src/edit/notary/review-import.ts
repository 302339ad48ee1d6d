// The server's judgement of a repository that another server kept. Nothing is believed because that server had it: the roots are one line
// from the first one on, which the owner's pin names, and whatever else is taken verifies under them.
import { digestOf } from '../../crypto/digest.ts';
import { ReviewError } from '../../errors.ts';
import type { Env } from '../../formats/dialect.ts';
import { roleOf } from '../../model/role-of.ts';
import { ROOT, TIMESTAMP } from '../../model/top-level.ts';
import { usableKeys } from '../../verify/count.ts';
import type { Verified } from '../../verify/verify-signed.ts';
import { checkClaims, claimOf, claimsOf } from '../claims.ts';
import type { Claim, ReviewRules } from '../plan.ts';
import { namedKeys, refuseMisplacedKeys } from '../review-server-keys.ts';
import { currentSet } from './import-current.ts';
import { type HeldFile, importedFiles, kindOf } from './import-files.ts';
import type { ImportHead, ImportOffer, ImportPlan, ImportReview } from './import-plan.ts';
import { importedRoots } from './import-roots.ts';

/**
 * The highest version of any role that is taken. Versions near 2^31 end a repository, because its publishers' programs count no further
 * (Cure53's TUF-01-002); below this bound a publish every second goes on for a generation.
 */
export const HIGHEST_IMPORTED_VERSION: number = 2 ** 30;

/**
 * Judges one part of an import, which must bring all roots that are not here yet with the first. Throws ReviewError, TrustError or
 * FormatError with the reason; then nothing of the part is stored. Expiry is no reason: what has run out is kept as it was.
 */
export function* reviewImport(before: ImportHead | undefined, offer: ImportOffer, rules: ReviewRules, env: Env): ImportReview<ImportPlan> {
  checkOffer(offer, env);
  // Clients of Notary begin again after a deletion, and so may an import: with whatever versions the timestamp allows.
  const head = before?.deleted === true && !before.begun ? undefined : before;
  const roots = yield* importedRoots(head, offer, env);
  const stored = head?.files.get(ROOT)?.version ?? 0;
  const newRoots = roots.filter(({ content }) => content.version > stored);
  for (const root of newRoots) yield* refuseMisplacedKeys(root, rules, env);
  const newest = roots.at(-1);
  if (newest === undefined) throw new ReviewError('refused-upload', 'an import begins with its roots, got none');

  const { held, repeated, leftOut } = yield* importedFiles(head, offer, roots, rules, env);
  const all = [...newRoots.map((root) => asHeld(root, env)), ...held];
  if (offer.part === 'more' && head?.deleted === false && all.length > 0)
    throw new ReviewError('refused-upload', `${offer.gun} is served here: what continues it comes in one part, so that it stays whole`);
  checkRestart(before, head, all);

  const generations = ownGenerations(newest, rules, env);
  const claims: readonly Claim[] = [...all.flatMap((file) => file.claims), ...claimsOf([], namedKeys(rules.serverKeys, generations), env)];
  for (const claim of claims) yield* checkClaims([claim], offer);
  return {
    files: all.map(({ file }) => file),
    repeated: repeated.length + roots.filter(({ content }) => content.version <= stored && isOffered(offer, content.version)).length,
    leftOut,
    claims,
    retired: offer.part === 'last' ? yield* currentSet(head, all, leftOut, newest, env) : [],
    generations,
    signers: [...new Set(all.flatMap(({ signers }) => signers))],
  };
}

const BYTES = { root: 'rootBytes', timestamp: 'timestampBytes', snapshot: 'snapshotBytes', targets: 'targetsBytes' } as const;

function checkOffer({ files }: ImportOffer, { limits }: Env): void {
  let total = 0;
  const seen = new Set<string>();
  for (const { role, version, bytes } of files) {
    const limit = limits[BYTES[kindOf(role)]];
    if (bytes.length > limit)
      throw new ReviewError('refused-upload', `${role} v${version} has ${bytes.length} bytes, at most ${limit} are taken`);
    if (version > HIGHEST_IMPORTED_VERSION) {
      const text = `${role} v${version} is above ${HIGHEST_IMPORTED_VERSION}: nobody could publish after it for long`;
      throw new ReviewError('wrong-version', text, { details: { role, uploaded: version } });
    }
    if (seen.has(`${version} ${role}`)) throw new ReviewError('refused-upload', `${role} v${version} came twice`);
    seen.add(`${version} ${role}`);
    total += bytes.length;
  }
  if (files.length <= limits.uploadParts && total <= limits.uploadBytes) return;
  throw new ReviewError('refused-upload', `this part has ${files.length} files and ${total} bytes, more than this server takes at once`);
}

/** What this server signed for the name before it was deleted is remembered for ever: a lower timestamp would look like an old backup. */
function checkRestart(before: ImportHead | undefined, head: ImportHead | undefined, all: readonly HeldFile[]): void {
  if (before === undefined || head !== undefined) return;
  const lowest = before.files.get(TIMESTAMP)?.version ?? 0;
  const newest = Math.max(0, ...all.filter(({ file }) => file.name === TIMESTAMP).map(({ file }) => file.version));
  if (newest >= lowest) return;
  const text = `this name was deleted here at timestamp v${lowest}, and the import ends at v${newest}: readers would take it for a rollback`;
  throw new ReviewError('conflict', text, { details: { role: TIMESTAMP, current: lowest, uploaded: newest } });
}

const isOffered = ({ files }: ImportOffer, version: number): boolean =>
  files.some((file) => file.role === ROOT && file.version === version);

function asHeld(root: Verified<'root'>, env: Env): HeldFile {
  const file = { name: root.name, version: root.content.version, bytes: root.file, digest: digestOf(env.crypto, root.file) };
  return { file, signers: root.signers, claims: [claimOf(root, env)] };
}

/** Where the owner named this server's keys before the import. */
function ownGenerations(root: Verified<'root'>, rules: ReviewRules, env: Env): ImportPlan['generations'] {
  const own = (role: 'snapshot' | 'timestamp') => {
    const named = usableKeys(roleOf(root, role), root.content.keys, env);
    const generation = rules.serverKeys[role].find(({ fingerprint }) => named.has(fingerprint))?.generation;
    return generation === undefined ? {} : { [role]: generation };
  };
  return { ...own('snapshot'), ...own('timestamp') };
}
