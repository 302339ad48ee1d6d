// Keys of which a server tells the public half alone: roots name them.
import { fingerprintOf, type JsonObject, notaryKeyId, readNotaryKeys, type Signer, spkiOf } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';

const crypto = nativeCryptography();

/** A signer that can be named, and cannot sign. */
export function signerWithoutHand(object: JsonObject): Signer {
  const keyid = notaryKeyId(object, crypto);
  const [spelling] = readNotaryKeys(new Map([[keyid, object]]), 'key', crypto).values();
  if (spelling === undefined) throw new Error('wanted a key');
  const key = { keyid, object, scheme: spelling.scheme, fingerprint: fingerprintOf(crypto, spkiOf(spelling)) };
  return { key, sign: () => Promise.reject(new Error('this key is not here')) };
}
