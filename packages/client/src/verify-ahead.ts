// Signatures of a file that has arrived are checked while others are on their way. Nothing comes of it but time: who signed is
// counted later, in the order of the specification.
import type { Env, KeyRing, Parsed, RoleKeys } from '@countersign/core';

/** Resolves when what can be checked on another thread was. Never rejects. Opens no key that did not sign. */
export async function verifyAhead(metadata: Parsed, role: RoleKeys, keys: KeyRing, env: Pick<Env, 'crypto'>): Promise<void> {
  const listed = new Set(role.keyids);
  const checks = metadata.signatures.map(async ({ keyid, bytes }) => {
    const spelling = listed.has(keyid) ? keys.get(keyid) : undefined;
    const opened = spelling === undefined || bytes === undefined ? undefined : env.crypto.openKey(spelling);
    if (opened?.status === 'ready' && bytes !== undefined) await opened.key.verifyAhead?.(metadata.signedBytes, bytes);
  });
  await Promise.all(checks);
}
