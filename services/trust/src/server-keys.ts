// The keys that this server signs with, found by (repository, role, generation) and never by key id. They are computed when needed,
// so that asking for a public key stores nothing.
import type { Gun, ServerKeys } from '@countersign/core';
import { deriveServerSigner, type LocalSigner } from '@countersign/signers';
import type { Head, ServerRole } from '@countersign/store';

export interface ServerKeyring {
  signer(gun: Gun, role: ServerRole, generation: number): LocalSigner;
}

// Opening a derived key costs more than signing with it.
const KEPT = 2048;

export function serverKeyring(masterSecret: Uint8Array): ServerKeyring {
  const kept = new Map<string, LocalSigner>();
  return {
    signer(gun, role, generation) {
      const name = `${role} ${generation} ${gun}`;
      const known = kept.get(name);
      if (known !== undefined) return known;
      const signer = deriveServerSigner(masterSecret, { gun, dialect: 'tuf', role, generation });
      const oldest = kept.size >= KEPT ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
      kept.set(name, signer);
      return signer;
    },
  };
}

/** The generation in force; the first one until a publish names another. */
export const currentGeneration = (head: Head | undefined, role: ServerRole): number => head?.generations.get(role) ?? 1;

/** What a root may name: the keys in force, and the next ones. A generation comes into force with the first publish that names it. */
export function namableKeys(keyring: ServerKeyring, gun: Gun, head: Head | undefined): ServerKeys {
  const both = (role: ServerRole) =>
    [0, 1].map((step) => {
      const generation = currentGeneration(head, role) + step;
      return { generation, fingerprint: keyring.signer(gun, role, generation).key.fingerprint };
    });
  return { snapshot: both('snapshot'), timestamp: both('timestamp') };
}
