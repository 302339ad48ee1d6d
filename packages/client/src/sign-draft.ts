// From a draft to a file: every signer that the role names signs, and the threshold must be met before anything is sent.
import {
  type Draft,
  type Env,
  type Fingerprint,
  type KeyId,
  type KeyRing,
  type NewSignature,
  type Parsed,
  type RoleKeys,
  type RoleName,
  roleOf,
  type Sealed,
  type Signer,
  seal,
  shortFingerprint,
  type TopLevelRole,
} from '@countersign/core';
import { PublishError } from './errors.ts';

/** Who must sign a file: the keys of its role, in the file that names them. A root has two of these, its predecessor's and its own. */
export interface Signatories {
  readonly role: RoleKeys;
  readonly keys: KeyRing;
}

/** A draft, and everybody whose threshold must sign it. */
export interface Step {
  readonly draft: Draft;
  readonly needed: readonly Signatories[];
  /** Left out where its keys are not at hand. */
  readonly optional?: boolean;
}

/** Asks each signer once. Throws PublishError('missing-keys'), before anything was signed, naming the keys that are not at hand. */
export async function signDraft(draft: Draft, needed: readonly Signatories[], signers: readonly Signer[], env: Env): Promise<Sealed> {
  for (const signatories of needed) requireEnough(draft, signatories, atHand(signatories, signers, env));
  return halfSigned(draft, needed, signers, env);
}

/** The draft with the signatures of those who are at hand, and how many keys signed: none is no error here. Asks each signer once. */
export async function halfSigned(
  draft: Draft,
  needed: readonly Signatories[],
  signers: readonly Signer[],
  env: Env,
): Promise<Sealed & { readonly made: number }> {
  const byKeyId = new Map<KeyId, Signer>();
  for (const signatories of needed) {
    for (const [keyid, signer] of atHand(signatories, signers, env).found) byKeyId.set(keyid, signer);
  }
  const made = new Map<Signer, Uint8Array>();
  const signatures: NewSignature[] = [];
  for (const [keyid, signer] of byKeyId) {
    // One key may go by two ids, and may sit in a token that wants to be touched each time.
    const bytes = made.get(signer) ?? (await signer.sign(draft.message));
    made.set(signer, bytes);
    signatures.push({ keyid, scheme: signer.key.scheme, bytes });
  }
  return { ...seal(draft, signatures, env), made: made.size };
}

/** Whether the signers meet every threshold. */
export const canSign = ({ needed }: Step, signers: readonly Signer[], env: Env): boolean =>
  needed.every((signatories) => atHand(signatories, signers, env).present.size >= signatories.role.threshold);

interface AtHand {
  readonly found: ReadonlyMap<KeyId, Signer>;
  readonly present: ReadonlySet<Fingerprint>;
  readonly missing: ReadonlySet<Fingerprint>;
}

/** Keys are compared by what they are; the id is what the file that names them calls them. */
function atHand({ role, keys }: Signatories, signers: readonly Signer[], env: Env): AtHand {
  const found = new Map<KeyId, Signer>();
  const present = new Set<Fingerprint>();
  const missing = new Set<Fingerprint>();
  for (const keyid of role.keyids) {
    const spelling = keys.get(keyid);
    const opened = spelling && env.crypto.openKey(spelling);
    if (opened?.status !== 'ready') continue;
    const { fingerprint } = opened.key;
    const signer = signers.find((candidate) => candidate.key.fingerprint === fingerprint);
    if (signer === undefined) missing.add(fingerprint);
    else {
      found.set(keyid, signer);
      present.add(fingerprint);
    }
  }
  return { found, present, missing };
}

function requireEnough(draft: Draft, { role }: Signatories, { present, missing }: AtHand): void {
  if (present.size >= role.threshold) return;
  const absent = [...missing];
  throw new PublishError(
    'missing-keys',
    `${draft.name} v${draft.version} needs ${role.threshold} of its keys, ${present.size} are at hand; missing: ${absent.map(shortFingerprint).join(', ').slice(0, 200)}`,
    { details: { role: draft.name, threshold: role.threshold, present: [...present], missing: absent } },
  );
}

/** The keys that a drafted root names for a role. */
export function rootSignatories(draft: Draft<'root'>, role: TopLevelRole, env: Env): Signatories {
  const root = unsigned(draft, env);
  return { role: roleOf(root, role), keys: root.content.keys };
}

/** The keys that drafted targets name for a role below them. */
export function delegatedSignatories(draft: Draft<'targets'>, name: RoleName, env: Env): Signatories {
  const { delegations } = unsigned(draft, env).content;
  const role = delegations?.roles.find((candidate) => candidate.name === name);
  if (delegations === undefined || role === undefined) throw new PublishError('unknown-role', `${draft.name} does not delegate to ${name}`);
  return { role, keys: delegations.keys };
}

const unsigned = <Kind extends 'root' | 'targets'>(draft: Draft<Kind>, env: Env): Parsed<Kind> =>
  env.dialect.parse(draft.kind, draft.name, env.dialect.file(draft.signed, []), env);
