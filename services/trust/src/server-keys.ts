// The keys that this server signs with, found by (repository, role, generation) and never by key id. They are computed when needed,
// so that asking for a public key stores nothing.
import { memberObject, memberString, type Signer } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { deriveServerSigner, type Thread } from '@countersign/signers';
import type { DialectName, RepositoryRef, ServerRole } from '@countersign/store';
import { DIALECTS } from './dialects.ts';

export interface ServerSigner extends Signer {
  sign(message: Uint8Array, thread?: Thread): Promise<Uint8Array>;
}

export interface ServerKeyring {
  signer(repository: RepositoryRef, role: ServerRole, generation: number): ServerSigner;
}

// Opening a derived key costs more than signing with it.
const KEPT = 2048;

export function serverKeyring(masterSecret: Uint8Array): ServerKeyring {
  const kept = new Map<string, ServerSigner>();
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

// Only for its digests.
const hashing = nativeCryptography();

/** The same key under the name and in the spelling that metadata of this dialect has for it. */
function spelledFor(dialect: DialectName, { key, sign }: ServerSigner): ServerSigner {
  const spelling = {
    keytype: memberString(key.object, 'keytype', 'key'),
    scheme: key.scheme,
    public: memberString(memberObject(key.object, 'keyval', 'key'), 'public', 'key.keyval'),
  };
  return { key: { ...key, ...DIALECTS[dialect].spellKey(spelling, hashing) }, sign };
}
