// The keys of this service, found by (repository, role, generation) and computed when needed: asking for one stores nothing.
import { type Dialect, memberObject, memberString, notary, type ServerKeys, type Signer, tuf } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { deriveServerSigner } from '@countersign/signers';
import { type Memory, namable, type SignerRole } from './policy/memory.ts';
import type { SignerRepository } from './policy/request.ts';

/** `sign` of a signer signs whatever it is given: it must be called for what the policy said yes to, and for nothing else. */
export interface Keyring {
  signer(repository: SignerRepository, role: SignerRole, generation: number): Signer;
}

export const DIALECTS: Readonly<Record<SignerRepository['dialect'], Dialect>> = { tuf, notary };

// Opening a derived key costs more than signing with it.
const KEPT = 2048;

export function derivedKeyring(secret: Uint8Array): Keyring {
  const kept = new Map<string, Signer>();
  return {
    signer({ gun, dialect }, role, generation) {
      const name = `${dialect} ${role} ${generation} ${gun}`;
      const known = kept.get(name);
      if (known !== undefined) return known;
      const signer = spelledFor(DIALECTS[dialect], deriveServerSigner(secret, { gun, dialect, role, generation }));
      const oldest = kept.size >= KEPT ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
      kept.set(name, signer);
      return signer;
    },
  };
}

/** The keys that a root may name now. */
export function namableKeys(keyring: Keyring, repository: SignerRepository, memory: Memory): ServerKeys {
  return keysOfGenerations(keyring, repository, { timestamp: namable(memory, 'timestamp'), snapshot: namable(memory, 'snapshot') });
}

export type Generations = Readonly<Record<SignerRole, readonly number[]>>;

export function keysOfGenerations(keyring: Keyring, repository: SignerRepository, generations: Generations): ServerKeys {
  const of = (role: SignerRole) =>
    generations[role].map((generation) => ({
      generation,
      fingerprint: keyring.signer(repository, role, generation).key.fingerprint,
    }));
  return { snapshot: of('snapshot'), timestamp: of('timestamp') };
}

// Only for its digests.
const hashing = nativeCryptography();

/** The same key under the name and in the spelling that metadata of this dialect has for it. */
function spelledFor(dialect: Dialect, { key, sign }: Signer): Signer {
  const spelling = {
    keytype: memberString(key.object, 'keytype', 'key'),
    scheme: key.scheme,
    public: memberString(memberObject(key.object, 'keyval', 'key'), 'public', 'key.keyval'),
  };
  return { key: { ...key, ...dialect.spellKey(spelling, hashing) }, sign };
}
