// From a public key to the key object of Notary's metadata, and to its ids: the inverse of `keys.ts`.
import { decodeBase64, encodeBase64 } from '../../bytes/base64.ts';
import { decodeUtf8, encodeUtf8 } from '../../bytes/utf8.ts';
import type { Cryptography, KeySpelling } from '../../crypto/port.ts';
import { FormatError } from '../../errors.ts';
import { memberObject, memberString } from '../../json/members.ts';
import { type JsonObject, jsonObject } from '../../json/value.ts';
import type { KeyId } from '../../names/brand.ts';
import { readCertificates } from './certificate.ts';
import { leafOf, notaryKeyId } from './keys.ts';
import { keyKindOf, spkiOf } from './spki.ts';

/** A key as `keys` of a root or of delegations holds it. */
export interface NotaryKey {
  readonly keyid: KeyId;
  /** `keytype` and `keyval` with `private` (always null) and `public`. */
  readonly object: JsonObject;
}

const ED25519_KEY_BYTES = 32;

/** The bare key: for every role but root. Throws FormatError `malformed` for kinds and forms that Notary does not know. */
export function spellNotaryKey(key: KeySpelling, crypto: Cryptography): NotaryKey {
  return bareKey(spkiOf(key), crypto);
}

/** The key of a certificate in PEM, as root has them. Throws FormatError `malformed` unless it is one of a key, first, with authorities alone. */
export function spellCertificateKey(pem: string, crypto: Cryptography): NotaryKey {
  const kind = keyKindOf(leafOf(pem).spki);
  if (kind === 'ed25519') throw new FormatError('malformed', 'certificate: the key is ed25519, wanted ecdsa on P-256 or rsa');
  return spelled(`${kind}-x509`, encodeUtf8(pem), crypto);
}

/**
 * The id that people and private keys know: of the bare key, also where metadata holds its certificate and names that. Throws
 * FormatError `malformed` for a certificate that cannot be read.
 */
export function canonicalKeyId(key: JsonObject, crypto: Cryptography): KeyId {
  const keytype = memberString(key, 'keytype', 'key');
  if (keytype !== 'ecdsa-x509' && keytype !== 'rsa-x509') return notaryKeyId(key, crypto);
  const [first] = readCertificates(decodeUtf8(decodeBase64(memberString(memberObject(key, 'keyval', 'key'), 'public', 'key.keyval'))));
  if (first === undefined) throw new FormatError('malformed', 'certificate: wanted one, got none');
  return bareKey(first.spki, crypto).keyid;
}

function bareKey(spki: Uint8Array, crypto: Cryptography): NotaryKey {
  const kind = keyKindOf(spki);
  return spelled(kind, kind === 'ed25519' ? spki.subarray(-ED25519_KEY_BYTES) : spki, crypto);
}

function spelled(keytype: string, material: Uint8Array, crypto: Cryptography): NotaryKey {
  const object = jsonObject({ keytype, keyval: jsonObject({ private: null, public: encodeBase64(material) }) });
  return { keyid: notaryKeyId(object, crypto), object };
}
