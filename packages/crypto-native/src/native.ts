// The cryptography port on node:crypto: every scheme that TUF clients in the field use, and Ed25519 about ten times faster
// than in JavaScript. It agrees with `portable` of core on every Ed25519 key and signature.
import { hash } from 'node:crypto';
import type { Cryptography, KeySpelling, OpenedKey } from '@countersign/core';
import { openEcdsa } from './ecdsa.ts';
import { openEd25519 } from './ed25519.ts';
import { openRsa } from './rsa.ts';

// A refresh opens tens of keys, a server thousands. Opening costs about as much as verifying, so what was opened is kept.
const KEPT = 4096;
// An RSA key of 8192 bits takes 1,432 characters. Longer ones are not kept, so that the kept spellings stay small.
const LONGEST = 4096;

// keytype, scheme and the key itself must agree: clients that look at the key alone accept RSA of 1024 bits, P-384 and
// other schemes under a name that promises something else.
const OPENERS: ReadonlyMap<string, (publicKey: string) => OpenedKey> = new Map([
  ['ed25519 ed25519', openEd25519],
  ['ecdsa ecdsa-sha2-nistp256', openEcdsa],
  ['ecdsa-sha2-nistp256 ecdsa-sha2-nistp256', openEcdsa],
  ['rsa rsassa-pss-sha256', openRsa],
]);

/**
 * Digests and signatures by node:crypto: `ed25519`/`ed25519` (64 lower-case hex digits), `ecdsa` or `ecdsa-sha2-nistp256`
 * with `ecdsa-sha2-nistp256` (PEM, P-256, DER signatures) and `rsa`/`rsassa-pss-sha256` (PEM, 2048 to 8192 bits, any salt
 * length). Keeps up to 4,096 opened keys; nothing has to be closed.
 */
export function nativeCryptography(): Cryptography {
  const opened = new Map<string, OpenedKey>();
  return {
    name: 'native',
    digest: (algorithm, bytes) => new Uint8Array(hash(algorithm, bytes, 'buffer')),
    openKey(spelling: KeySpelling): OpenedKey {
      const open = OPENERS.get(`${spelling.keytype} ${spelling.scheme}`);
      if (open === undefined) return { status: 'unsupported' };
      if (spelling.public.length > LONGEST) return { status: 'unusable', reason: `the key is longer than ${LONGEST} characters` };
      // Neither name holds a newline, or no opener would have been found.
      const name = `${spelling.keytype}\n${spelling.scheme}\n${spelling.public}`;
      const known = opened.get(name);
      if (known !== undefined) return known;
      const key = open(spelling.public);
      const oldest = opened.size >= KEPT ? opened.keys().next().value : undefined;
      if (oldest !== undefined) opened.delete(oldest);
      opened.set(name, key);
      return key;
    },
  };
}
