// A public key as the cryptography port takes it.
import { isJsonObject, type KeySpelling, type PublicKey } from '@countersign/core';

export function textOfKey({ object }: PublicKey): KeySpelling {
  const keyval = object.get('keyval');
  const text = isJsonObject(keyval) ? keyval.get('public') : undefined;
  return { keytype: String(object.get('keytype')), scheme: String(object.get('scheme')), public: String(text) };
}
