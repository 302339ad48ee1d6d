// The other files of an import: each held to the keys of its own time, which are those of any root, or of any file of its parent, that
// came with it. What does not hold is left out, and named: clients would refuse it, and a claim of it could block its true owner.
import { digestOf } from '../../crypto/digest.ts';
import { FormatError, ReviewError, TrustError } from '../../errors.ts';
import type { Env } from '../../formats/dialect.ts';
import type { Delegations, KeyRing, Parsed, RoleKeys, RoleKind } from '../../model/metadata.ts';
import { roleOf } from '../../model/role-of.ts';
import { isTopLevel, ROOT, SNAPSHOT, TIMESTAMP } from '../../model/top-level.ts';
import type { Fingerprint, RoleName } from '../../names/brand.ts';
import { notaryParent } from '../../names/notary-names.ts';
import { type Verified, verifySigned } from '../../verify/verify-signed.ts';
import { askBytes } from '../ask.ts';
import { claimOf } from '../claims.ts';
import type { Sealed } from '../draft.ts';
import type { Claim, ReviewRules } from '../plan.ts';
import { countKeys } from '../review-key-count.ts';
import { reviewDelegatedKeys } from '../review-server-keys.ts';
import type { ImportFile, ImportHead, ImportOffer, ImportReview, LeftOut } from './import-plan.ts';
import { saysSomething } from './says-something.ts';

/** What is kept of a file that holds. Not what it was parsed into: that takes thirty times its room, and there are many. */
export interface HeldFile {
  readonly file: Sealed;
  readonly signers: readonly Fingerprint[];
  readonly claims: readonly Claim[];
}

export interface ImportedFiles {
  readonly held: readonly HeldFile[];
  /** Those that are stored already, byte for byte. */
  readonly repeated: readonly ImportFile[];
  readonly leftOut: readonly LeftOut[];
}

interface Signers {
  readonly role: RoleKeys;
  readonly keys: KeyRing;
}

/** Throws ReviewError for a version that is stored with other bytes, and for a file that names a key of this server. */
export function* importedFiles(
  head: ImportHead | undefined,
  offer: ImportOffer,
  roots: readonly Verified<'root'>[],
  rules: ReviewRules,
  env: Env,
): ImportReview<ImportedFiles> {
  const held: HeldFile[] = [];
  const repeated: ImportFile[] = [];
  const leftOut: LeftOut[] = [];
  const delegations = new Map<RoleName, Delegations[]>();
  const signers = new Map<RoleName, readonly Signers[]>();
  const delegates = ({ name, content }: Parsed<'targets'>): void => {
    if (content.delegations !== undefined) delegations.set(name, [content.delegations, ...(delegations.get(name) ?? [])]);
  };

  for (const file of inOrder(offer.files)) {
    const { role, version, bytes } = file;
    try {
      const kind = kindOf(role);
      const parsed: Parsed = env.dialect.parse(kind, role, bytes, env);
      if (parsed.content.version !== version) throw new TrustError('mismatch', `${role} v${parsed.content.version} came as v${version}`);
      if (yield* isStored(head, file, env)) {
        repeated.push(file);
        if (isTargets(parsed)) delegates(parsed);
        continue;
      }
      if (isTargets(parsed)) countKeys(parsed, { keys: 0, uses: 0 }, env.limits);
      const candidates = signers.get(role) ?? (yield* signersOf(role, head, roots, delegations, env));
      signers.set(role, candidates);
      const verified = heldToAny(parsed, candidates, env);
      if (isTargets(parsed)) {
        yield* reviewDelegatedKeys(parsed, rules, env);
        delegates(parsed);
      }
      const claims = isTargets(parsed) && saysSomething(parsed) ? [claimOf(parsed, env)] : [];
      held.push({ file: { name: role, version, bytes, digest: digestOf(env.crypto, bytes) }, signers: verified.signers, claims });
    } catch (error) {
      if (!(error instanceof FormatError || error instanceof TrustError)) throw error;
      leftOut.push({ role, version, code: error.code, why: error.message });
    }
  }
  return { held, repeated, leftOut };
}

export const kindOf = (role: RoleName): RoleKind =>
  role === ROOT ? 'root' : role === TIMESTAMP ? 'timestamp' : role === SNAPSHOT ? 'snapshot' : 'targets';

const isTargets = (file: Parsed): file is Parsed<'targets'> => file.kind === 'targets';

/** Parents before their children, so that the delegations of their time are known; of one role, older ones first. */
function inOrder(files: readonly ImportFile[]): readonly ImportFile[] {
  const depth = ({ role }: ImportFile): number => role.split('/').length;
  const byName = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
  return files
    .filter(({ role }) => role !== ROOT)
    .sort((one, other) => depth(one) - depth(other) || byName(one.role, other.role) || one.version - other.version);
}

/** Whether these very bytes are here. Throws ReviewError `conflict` when this version has others, TrustError where it would fill a gap. */
function* isStored(head: ImportHead | undefined, { role, version, bytes }: ImportFile, env: Env): ImportReview<boolean> {
  if (head === undefined) return false;
  if ((yield* askBytes({ need: 'kept', role, digest: digestOf(env.crypto, bytes) })) !== undefined) return true;
  const newest = head.files.get(role)?.version;
  if (newest === undefined || version > newest) return false;
  if ((yield* askBytes({ need: 'stored', role, version })) !== undefined) {
    const text = `${role} v${version} is here already, with other bytes: both servers were published to, and an import may only continue what is here`;
    throw new ReviewError('conflict', text, { details: { role, current: newest, uploaded: version } });
  }
  throw new TrustError('rollback', `${role} v${version} comes after v${newest}, which is here already`);
}

/** Everybody who could ever sign this role, as far as it is known here; the newest word first. */
function* signersOf(
  role: RoleName,
  head: ImportHead | undefined,
  roots: readonly Verified<'root'>[],
  delegations: ReadonlyMap<RoleName, readonly Delegations[]>,
  env: Env,
): ImportReview<readonly Signers[]> {
  if (isTopLevel(role)) return distinct(roots.toReversed().map((root) => ({ role: roleOf(root, role), keys: root.content.keys })));
  const parent = notaryParent(role);
  const words = [...(delegations.get(parent) ?? [])];
  const standing = head?.files.get(parent);
  const bytes = standing && (yield* askBytes({ need: 'stored', role: parent, version: standing.version }));
  const stored = bytes && env.dialect.parse('targets', parent, bytes, env).content.delegations;
  if (stored !== undefined) words.push(stored);
  return distinct(
    words.flatMap(({ roles, keys }) => {
      const delegation = roles.find(({ name }) => name === role);
      return delegation === undefined ? [] : [{ role: delegation, keys }];
    }),
  );
}

/** Key ids are hashes of keys in this dialect: the same ids are the same keys. */
function distinct(signers: readonly Signers[]): readonly Signers[] {
  const known = new Map<string, Signers>();
  for (const one of signers) {
    const name = `${one.role.threshold} ${[...one.role.keyids].sort().join(' ')}`;
    if (!known.has(name)) known.set(name, one);
  }
  return [...known.values()];
}

function heldToAny(parsed: Parsed, candidates: readonly Signers[], env: Env): Verified {
  let first: TrustError | undefined;
  for (const { role, keys } of candidates) {
    try {
      return verifySigned(parsed, role, keys, env);
    } catch (error) {
      if (!(error instanceof TrustError)) throw error;
      first ??= error;
    }
  }
  throw first ?? new TrustError('signature', `${parsed.name} v${parsed.content.version}: nothing that came delegates to this role`);
}
