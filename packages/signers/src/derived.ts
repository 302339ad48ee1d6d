// The keys that a trust server holds for its repositories: one per (repository, dialect, role), computed from one master secret
// whenever it is needed. So a question for a public key stores nothing, and one file is all there is to back up.
import { createPrivateKey, hkdfSync } from 'node:crypto';
import type { Gun } from '@countersign/core';
import { KeyError } from './errors.ts';
import { type LocalSigner, signerFromPrivateKey } from './memory.ts';

/** Bytes of a master secret. */
export const MASTER_BYTES = 32;

/** Which of a server's keys is meant. */
export interface ServerKeyName {
  readonly gun: Gun;
  readonly dialect: 'tuf' | 'notary';
  readonly role: 'timestamp' | 'snapshot';
  /** Counts the rotations of this key, from 1. */
  readonly generation: number;
}

// PKCS#8 of Ed25519 (RFC 8410 §7) is this and the 32 bytes of the seed.
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The Ed25519 signer of that name: its seed is HKDF-SHA-256 (RFC 5869) of the master secret with the salt `countersign server key 1`
 * and, as info, the JSON array of dialect, role, generation and name. The same arguments give the same key for ever: a changed
 * derivation would orphan every repository of every server. Throws KeyError('unsupported') for a secret that is not 32 bytes and a
 * generation that is not a whole number from 1.
 */
export function deriveServerSigner(masterSecret: Uint8Array, name: ServerKeyName): LocalSigner {
  const { gun, dialect, role, generation } = name;
  if (masterSecret.length !== MASTER_BYTES) {
    throw new KeyError('unsupported', `master secret has ${masterSecret.length} bytes, wanted ${MASTER_BYTES}`);
  }
  if (!Number.isSafeInteger(generation) || generation < 1) {
    throw new KeyError('unsupported', `generation is ${generation}, wanted a whole number from 1`);
  }
  // A JSON array keeps the parts apart: no name can be chosen so that it runs into its neighbours.
  const info = JSON.stringify([dialect, role, generation, gun]);
  const seed = Buffer.from(hkdfSync('sha256', masterSecret, 'countersign server key 1', info, 32));
  const der = Buffer.concat([ED25519_PKCS8, seed]);
  const signer = signerFromPrivateKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  seed.fill(0);
  der.fill(0);
  return signer;
}
