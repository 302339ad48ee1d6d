// Keys as Notary spells them, and as the cryptography port takes them. Key material is the same in both, so a key has one fingerprint.
import { decodeBase64, encodeBase64 } from '../../bytes/base64.ts';
import { encodeHex } from '../../bytes/hex.ts';
import { decodeUtf8 } from '../../bytes/utf8.ts';
import type { Cryptography, KeySpelling } from '../../crypto/port.ts';
import { FormatError } from '../../errors.ts';
import { encodeCanonical } from '../../json/canonical.ts';
import { memberObject, memberString } from '../../json/members.ts';
import { isJsonObject, type JsonObject, jsonObject } from '../../json/value.ts';
import type { KeyRing } from '../../model/metadata.ts';
import type { KeyId } from '../../names/brand.ts';
import { parseKeyId } from '../../names/key-id.ts';
import { type Certificate, readCertificates } from './certificate.ts';

const UNKNOWN = { scheme: 'unknown', public: '' };

/** SHA-256, in hex, of type and public key alone; the private half is written as null. */
export function notaryKeyId(key: JsonObject, crypto: Cryptography): KeyId {
  const material = memberString(memberObject(key, 'keyval', 'key'), 'public', 'key.keyval');
  const named = jsonObject({ keytype: memberString(key, 'keytype', 'key'), keyval: jsonObject({ private: null, public: material }) });
  return parseKeyId(encodeHex(crypto.digest('sha256', encodeCanonical(named))));
}

/** Throws FormatError: a key id that is not the hash of its key spoils the whole file, as it does for the reference. */
export function readNotaryKeys(object: JsonObject, where: string, crypto: Cryptography): KeyRing {
  const keys = new Map<KeyId, KeySpelling>();
  for (const [id, value] of object) {
    if (!isJsonObject(value)) throw new FormatError('malformed', `${where}: wanted objects`);
    const wanted = notaryKeyId(value, crypto);
    if (id !== wanted) throw new FormatError('malformed', `${where}: key id ${id.slice(0, 16)} is not the hash of its key`);
    keys.set(wanted, readNotaryKey(value));
  }
  return keys;
}

/** Kinds that nobody here knows, and material that cannot be read, are kept: they count zero, and lock nobody out of the rest. */
export function readNotaryKey(key: JsonObject): KeySpelling {
  const keytype = memberString(key, 'keytype', 'key');
  const text = memberString(memberObject(key, 'keyval', 'key'), 'public', 'key.keyval');
  try {
    const material = decodeBase64(text);
    switch (keytype) {
      case 'ed25519':
        return { keytype, scheme: 'ed25519', public: encodeHex(material) };
      case 'ecdsa':
        return ecdsa(material);
      case 'rsa':
        return rsa(material);
      case 'ecdsa-x509':
        return ecdsa(firstOf(decodeUtf8(material)).spki);
      case 'rsa-x509':
        return rsa(firstOf(decodeUtf8(material)).spki);
      default:
        return { keytype, ...UNKNOWN };
    }
  } catch (error) {
    if (error instanceof FormatError) return { keytype, ...UNKNOWN };
    throw error;
  }
}

/** The certificate whose key it is: a signature asks no more, and people sign delegations with what calls itself an authority. */
function firstOf(pem: string): Certificate {
  const [first] = readCertificates(pem);
  if (first === undefined) throw new FormatError('malformed', 'certificate: wanted one, got none');
  return first;
}

/** For root keys: the one certificate that is no authority; it stands first. Throws FormatError `malformed`. */
export function leafOf(pem: string): Certificate {
  const [leaf, ...others] = readCertificates(pem);
  if (leaf === undefined || leaf.isCa || others.some(({ isCa }) => !isCa)) {
    throw new FormatError('malformed', 'certificate: wanted one of a key, first, and others of authorities alone');
  }
  return leaf;
}

const ecdsa = (spki: Uint8Array): KeySpelling => ({ keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', public: pemOf(spki) });
const rsa = (spki: Uint8Array): KeySpelling => ({ keytype: 'rsa', scheme: 'rsassa-pss-sha256', public: pemOf(spki) });

function pemOf(spki: Uint8Array): string {
  const lines = encodeBase64(spki).match(/.{1,64}/g) ?? [];
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`;
}
