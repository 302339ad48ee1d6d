// The signatures worth keeping of a draft that travels: those that count for somebody who must sign it. All others are dropped, so
// that what travels cannot be filled up by strangers.
import type { Env, NewSignature } from '../formats/dialect.ts';
import type { KeyRing, Parsed, RoleKeys } from '../model/metadata.ts';
import type { Fingerprint, KeyId } from '../names/brand.ts';
import { countSignatures } from '../verify/count.ts';

/** Who may sign: a role and the keys of the file that names it. */
export interface RoleSigners {
  readonly role: RoleKeys;
  readonly keys: KeyRing;
}

export interface ValidSignatures {
  readonly signatures: readonly NewSignature[];
  readonly signers: readonly Fingerprint[];
}

/**
 * One valid signature for each key id, out of several copies of a file with an equal `signed`. Where a key id means different keys to
 * different signatories, the first of them wins: put those that stand before those that are proposed.
 */
export function validSignatures(copies: readonly Parsed[], signatories: readonly RoleSigners[], env: Pick<Env, 'crypto'>): ValidSignatures {
  const found = new Map<KeyId, NewSignature>();
  const signers = new Set<Fingerprint>();
  for (const { role, keys } of signatories) {
    const listed = new Set(role.keyids);
    for (const copy of copies) {
      const { valid, missing } = countSignatures(copy, role, keys, env);
      for (const fingerprint of valid) signers.add(fingerprint);
      const invalid = new Set(missing);
      for (const { keyid, bytes } of copy.signatures) {
        const scheme = keys.get(keyid)?.scheme;
        if (bytes === undefined || scheme === undefined || !listed.has(keyid) || invalid.has(keyid) || found.has(keyid)) continue;
        found.set(keyid, { keyid, scheme, bytes });
      }
    }
  }
  return { signatures: [...found.values()], signers: [...signers] };
}
