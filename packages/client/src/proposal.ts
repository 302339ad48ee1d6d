// A draft that travels between its signers, as this machine judges it: what it changes is computed from the repository that was
// verified here, never from what a server or a file says about it. Without a proposal nothing is signed.
import {
  countSignatures,
  type Digest,
  type Draft,
  digestOf,
  type Env,
  type Fingerprint,
  type Gun,
  type Parsed,
  type RoleName,
  type RootDifference,
  roleOf,
  rootDifference,
  rootOf,
  seal,
  type TargetsDifference,
  TrustError,
  targetsDifference,
  usableKeys,
  type Version,
  validSignatures,
} from '@countersign/core';
import type { EntriesChange } from './change.ts';
import { type Drafts, parseDraft } from './drafts.ts';
import { objectionTo } from './entry-checks.ts';
import { PublishError } from './errors.ts';
import { proposedSignatories, type Standing, standingFor } from './proposed-signatories.ts';
import type { Refreshed } from './refresh-repository.ts';
import type { Signatories } from './sign-draft.ts';

/** One threshold that a draft must meet. A root has two of them: its predecessor's and its own. */
export interface Needed {
  readonly threshold: number;
  /** The keys that may sign. */
  readonly keys: readonly Fingerprint[];
  /** Those that have signed. */
  readonly signed: readonly Fingerprint[];
}

export interface Proposal {
  readonly gun: Gun;
  readonly role: RoleName;
  readonly version: Version;
  /** SHA-256 of what is signed: two copies with the same one differ in their signatures alone. */
  readonly signed: Digest;
  readonly difference: RootDifference | TargetsDifference;
  /** Why nobody may sign it, although it is well made: a name that no client would find there, or a digest that is denied. */
  readonly objection: PublishError | TrustError | undefined;
  readonly needed: readonly Needed[];
  /** Whether every threshold is met. */
  readonly complete: boolean;
  /** How many signatures came with it that do not count: of strangers, or of a text that was edited afterwards. */
  readonly ignored: number;
  /** The file with the signatures that count, for the server or to travel. */
  readonly bytes: Uint8Array;
  readonly draft: Draft<'root'> | Draft<'targets'>;
  readonly signatories: readonly Signatories[];
}

/**
 * Judges the draft of a role: every copy of it must hold the same `signed`. Throws FormatError; TrustError `wrong-repository`,
 * `expired` or `strange-draft`; PublishError `overtaken` or `unknown-role`, `no-draft` when there is no copy.
 */
export async function judgeDraft(repository: Refreshed, role: RoleName, drafts: Drafts): Promise<Proposal> {
  const copies = (drafts.get(role) ?? []).map((file) => parseDraft(role, file, repository.env));
  const [draft, ...others] = copies;
  if (draft === undefined) throw new PublishError('no-draft', `${repository.gun}: no draft of ${role} waits for signatures`);
  const { env, gun, stage } = repository;
  const signed = digestOf(env.crypto, draft.signedBytes);
  if (others.some((other) => digestOf(env.crypto, other.signedBytes) !== signed))
    throw new TrustError('strange-draft', `${role}: the copies of this draft do not say the same`);
  const { root } = rootOf(stage);
  const before: Standing = draft.kind === 'root' ? { file: root, version: root.content.version } : await standingFor(repository, role);
  checkFollows(draft, before, repository);
  const signatories =
    draft.kind === 'root'
      ? [root, draft].map((by) => ({ role: roleOf(by, 'root'), keys: by.content.keys }))
      : [await proposedSignatories(repository, role, drafts)];
  const difference =
    draft.kind === 'root'
      ? rootDifference(root, draft, env)
      : targetsDifference(before.file?.kind === 'targets' ? before.file : undefined, draft, env);
  const objection = difference.kind === 'targets' ? await objectionTo(role, changedIn(difference), repository) : undefined;
  return proposalOf({ gun, draft: asDraft(draft), difference, objection, signatories }, copies, env);
}

/** What a draft says anew of its names; the others stand, and were judged when they came. */
export const changedIn = ({ entries }: TargetsDifference): EntriesChange['entries'] =>
  new Map(entries.map(({ path, after }) => [path, after]));

/** What a proposal is made of, with the signatures of these copies of its file. */
export function proposalOf(
  facts: Pick<Proposal, 'gun' | 'draft' | 'difference' | 'objection' | 'signatories'>,
  copies: readonly Parsed[],
  env: Env,
): Proposal {
  const { draft, signatories } = facts;
  const { bytes } = seal(draft, validSignatures(copies, signatories, env).signatures, env);
  const counted = (copy: Parsed): number => validSignatures([copy], signatories, env).signatures.length;
  const ignored = copies.reduce((sum, copy) => sum + copy.signatures.length - counted(copy), 0);
  const file = env.dialect.parse(draft.kind, draft.name, bytes, env);
  const needed = distinct(
    signatories.map(({ role, keys }) => ({
      threshold: role.threshold,
      keys: [...usableKeys(role, keys, env)],
      signed: countSignatures(file, role, keys, env).valid,
    })),
  );
  return {
    ...facts,
    role: draft.name,
    version: draft.version,
    signed: digestOf(env.crypto, draft.message),
    needed,
    ignored,
    complete: needed.every(({ threshold, signed }) => threshold >= 1 && signed.length >= threshold),
    bytes,
  };
}

/** Exactly the next version, of this repository, for this name, and not over before it begins. */
function checkFollows(draft: Parsed<'root'> | Parsed<'targets'>, { version }: Standing, { gun, stage, env }: Refreshed): void {
  const { binding, expires, version: proposed } = draft.content;
  const what = `the draft of ${draft.name} v${proposed}`;
  const wanted = rootOf(stage).root.content.binding?.repository;
  if (wanted === undefined)
    throw new TrustError('wrong-repository', `${gun} is not bound to a repository, so nothing is signed from a draft`);
  if (binding?.repository !== wanted)
    throw new TrustError('wrong-repository', `${what} belongs to repository ${binding?.repository ?? 'none'}, wanted ${wanted}`);
  const named = draft.kind === 'root' ? binding.names?.includes(gun) === true : binding.name === gun;
  if (!named) throw new TrustError('wrong-repository', `${what} is not for ${gun}`);
  if (!env.dialect.mayFollow(draft.kind, version, proposed))
    throw new PublishError('overtaken', `${what} does not follow v${version ?? 0}, which stands`, {
      details: { role: draft.name, wanted: (version ?? 0) + 1, got: proposed },
    });
  if (expires <= env.now) throw new TrustError('expired', `${what} has expired before it was published`);
}

const asDraft = (draft: Parsed<'root'> | Parsed<'targets'>): Proposal['draft'] => {
  const { name, signed, signedBytes: message } = draft;
  const { version } = draft.content;
  return draft.kind === 'root' ? { kind: 'root', name, version, signed, message } : { kind: 'targets', name, version, signed, message };
};

/** A root that keeps its own keys asks for one threshold, not for two. */
function distinct(needed: readonly Needed[]): readonly Needed[] {
  return [...new Map(needed.map((one) => [JSON.stringify([one.threshold, [...one.keys].sort()]), one])).values()];
}
