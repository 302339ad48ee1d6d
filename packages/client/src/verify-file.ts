// Is this file what its publisher signed?
import { digestOf, TrustError, verifyBytes } from '@countersign/core';
import type { Refreshed } from './refresh-repository.ts';
import { kindOf, mismatch, refuseRevoked, signedTarget, verdict } from './signed-entry.ts';
import { sha256Of } from './trusted-repository.ts';
import type { FileFacts, Verdict } from './verdict.ts';

/** See `TrustClient.verifyFile`. */
export async function verifyFile(refreshed: Refreshed, name: string, file: FileFacts): Promise<Verdict> {
  const { crypto } = refreshed.env;
  const target = await signedTarget(refreshed, name);
  const { entry } = target;
  kindOf(name, entry, 'file');
  const signed = sha256Of(entry);
  const { digest, length } = 'bytes' in file ? { digest: digestOf(crypto, file.bytes), length: file.bytes.length } : file;
  await refuseRevoked(refreshed, digest);
  const got = `${digest} with ${length} bytes`;
  try {
    if ('bytes' in file) verifyBytes(name.slice(0, 80), file.bytes, entry, crypto);
    else if (signed !== digest || entry.length !== length || entry.hashes.size !== 1) {
      // Somebody else hashed the bytes, with sha256 alone: an entry signed with more cannot be held against that.
      throw new TrustError('mismatch', `signed were ${entry.length} bytes with ${[...entry.hashes.keys()].join(' and ').slice(0, 40)}`);
    }
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    throw mismatch(`${name.slice(0, 80)} is ${got}, signed is ${signed ?? 'another'} with ${entry.length}`, { signed, got: digest }, error);
  }
  return verdict(refreshed, target, { digest, mediaType: undefined, role: target.role });
}
