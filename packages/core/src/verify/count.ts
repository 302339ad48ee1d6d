// Counting signatures (TUF 1.0.34 §4.2, TAP 12). What counts is distinct keys, never distinct names of keys: one key under
// two key ids met a threshold of two in well-known clients.
import type { Env } from '../formats/dialect.ts';
import type { KeyRing, Parsed, RoleKeys } from '../model/metadata.ts';
import type { Fingerprint, KeyId } from '../names/brand.ts';

/** What came of counting: facts for messages and for `inspect`, not yet a verdict. */
export interface SignatureReport {
  readonly threshold: number;
  /** Distinct keys with a valid signature. */
  readonly valid: readonly Fingerprint[];
  /** Key ids of the role without a valid signature in the file. */
  readonly missing: readonly KeyId[];
  /** Key ids with a signature in the file whose scheme this implementation does not do: they count zero. */
  readonly unsupported: readonly KeyId[];
  /** Key ids with a signature in the file whose key is malformed, weak, or of another type than it says: they count zero. */
  readonly unusable: readonly KeyId[];
}

/**
 * Never throws. Looks up each signature's key in the delegating file's own ring: the same key id may mean another key elsewhere.
 * Only keys that signed are opened, so that the limit on signatures bounds the work: a role may list as many keys as fit into a file.
 */
export function countSignatures(metadata: Parsed, role: RoleKeys, keys: KeyRing, env: Pick<Env, 'crypto'>): SignatureReport {
  const bySigner = new Map(metadata.signatures.map((signature) => [signature.keyid, signature.bytes]));
  const valid = new Set<Fingerprint>();
  const missing: KeyId[] = [];
  const unsupported: KeyId[] = [];
  const unusable: KeyId[] = [];
  for (const keyid of role.keyids) {
    const spelling = bySigner.has(keyid) ? keys.get(keyid) : undefined;
    const opened = spelling === undefined ? undefined : env.crypto.openKey(spelling);
    if (opened?.status === 'unsupported') unsupported.push(keyid);
    if (opened?.status === 'unusable') unusable.push(keyid);
    const signature = bySigner.get(keyid);
    if (opened?.status === 'ready' && signature !== undefined && opened.key.verify(metadata.signedBytes, signature)) {
      valid.add(opened.key.fingerprint);
    } else {
      missing.push(keyid);
    }
  }
  return { threshold: role.threshold, valid: [...valid], missing, unsupported, unusable };
}

/** The distinct usable keys of a role: what decides whether its threshold can ever be met. */
export function usableKeys(role: RoleKeys, keys: KeyRing, env: Pick<Env, 'crypto'>): ReadonlySet<Fingerprint> {
  const usable = new Set<Fingerprint>();
  for (const keyid of role.keyids) {
    const spelling = keys.get(keyid);
    const opened = spelling === undefined ? undefined : env.crypto.openKey(spelling);
    if (opened?.status === 'ready' && opened.key.flaw?.() === undefined) usable.add(opened.key.fingerprint);
  }
  return usable;
}
