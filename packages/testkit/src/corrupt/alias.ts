// One key under another name: the way to meet a threshold of two alone.
import { type JsonObject, parseKeyId, type Signer } from '@countersign/core';

/** The signer under another key id, and with another spelling of its key when one is given. */
export function aliased(signer: Signer, keyid: string, object: JsonObject = signer.key.object): Signer {
  return { key: { ...signer.key, keyid: parseKeyId(keyid), object }, sign: (message) => signer.sign(message) };
}
