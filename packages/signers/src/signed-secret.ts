// A secret that lies nowhere: a key makes it again whenever it is needed. On a token it is as safe as the key is there, and gone with it.
import { createHash } from 'node:crypto';
import type { Signer } from '@countersign/core';
import { KeyError } from './errors.ts';

/**
 * 43 characters of base64url, the same whenever this key is asked for this purpose: SHA-256 of its Ed25519 signature (RFC 8032 §5.1.6 makes
 * it without randomness) over `countersign secret 1`, a line feed and the purpose, which is no metadata of any dialect. Whoever can have this
 * key sign a text of his choice has the secret: the key must be for nothing else. Throws KeyError: `unsupported` for another scheme,
 * `signer-failed` for a signer that does not sign the same twice, and what signing throws.
 */
export async function signedSecret({ key, sign }: Signer, purpose: string): Promise<string> {
  if (key.scheme !== 'ed25519') {
    throw new KeyError('unsupported', `key signs ${key.scheme}, which is another signature each time; wanted ed25519`);
  }
  const text = new TextEncoder().encode(`countersign secret 1\n${purpose}`);
  const [once, again] = [await sign(text), await sign(text)];
  if (!Buffer.from(once).equals(Buffer.from(again))) throw new KeyError('signer-failed', 'key signs the same text differently each time');
  return createHash('sha256').update(once).digest('base64url');
}
