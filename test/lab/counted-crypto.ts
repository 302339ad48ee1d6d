// Real cryptography that counts what is asked of it: the work that somebody can cause is bounded only if somebody counts it.
import type { Cryptography } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';

export interface Work {
  /** Signatures verified. */
  verified: number;
  /** Of these, or beside them: begun on another thread before their turn. */
  ahead: number;
  /** Keys opened. */
  opened: number;
  /** Bytes hashed. */
  hashed: number;
}

export interface CountedCryptography {
  readonly crypto: Cryptography;
  /** What was done since it was last asked. */
  since(): Work;
}

export function countedCryptography(behind: Cryptography = nativeCryptography()): CountedCryptography {
  let work: Work = { verified: 0, ahead: 0, opened: 0, hashed: 0 };
  const crypto: Cryptography = {
    name: behind.name,
    digest(algorithm, bytes) {
      work.hashed += bytes.length;
      return behind.digest(algorithm, bytes);
    },
    openKey(spelling) {
      work.opened += 1;
      const opened = behind.openKey(spelling);
      if (opened.status !== 'ready') return opened;
      const { key } = opened;
      const verify = (message: Uint8Array, signature: Uint8Array): boolean => {
        work.verified += 1;
        return key.verify(message, signature);
      };
      const verifyAhead = async (message: Uint8Array, signature: Uint8Array): Promise<void> => {
        work.ahead += 1;
        await key.verifyAhead?.(message, signature);
      };
      const more = key.verifyAhead === undefined ? {} : { verifyAhead };
      return { status: 'ready', key: { fingerprint: key.fingerprint, verify, flaw: () => key.flaw?.(), ...more } };
    },
  };
  return {
    crypto,
    since() {
      const done = work;
      work = { verified: 0, ahead: 0, opened: 0, hashed: 0 };
      return done;
    },
  };
}

export const NO_WORK: Work = { verified: 0, ahead: 0, opened: 0, hashed: 0 };
