// The keys that this server signs with, found by (repository, role, generation) and never by key id. They are computed when needed,
// so that asking for a public key stores nothing.
import { memberObject, memberString, type ServerKeys, type Signer } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { deriveServerSigner } from '@countersign/signers';
import type { DialectName, Head, RepositoryRef, ServerRole } from '@countersign/store';
import { DIALECTS } from './dialects.ts';

export interface ServerKeyring {
  signer(repository: RepositoryRef, role: ServerRole, generation: number): Signer;
}

// Opening a derived key costs more than signing with it.
const KEPT = 2048;

export function serverKeyring(masterSecret: Uint8Array): ServerKeyring {
  const kept = new Map<string, Signer>();
  return {
    signer({ gun, dialect }, role, generation) {
      const name = `${dialect} ${role} ${generation} ${gun}`;
      const known = kept.get(name);
      if (known !== undefined) return known;
      const signer = spelledFor(dialect, deriveServerSigner(masterSecret, { gun, dialect, role, generation }));
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
export function namableKeys(keyring: ServerKeyring, repository: RepositoryRef, head: Head | undefined): ServerKeys {
  const both = (role: ServerRole) =>
    [0, 1].map((step) => {
      const generation = currentGeneration(head, role) + step;
      return { generation, fingerprint: keyring.signer(repository, role, generation).key.fingerprint };
    });
  return { snapshot: both('snapshot'), timestamp: both('timestamp') };
}

// Only for its digests.
const hashing = nativeCryptography();

/** The same key under the name and in the spelling that metadata of this dialect has for it. */
function spelledFor(dialect: DialectName, { key, sign }: Signer): Signer {
  const spelling = {
    keytype: memberString(key.object, 'keytype', 'key'),
    scheme: key.scheme,
    public: memberString(memberObject(key.object, 'keyval', 'key'), 'public', 'key.keyval'),
  };
  return { key: { ...key, ...DIALECTS[dialect].spellKey(spelling, hashing) }, sign };
}
