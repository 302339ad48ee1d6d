// The one door of core: every export that other packages may use, by room.

// bytes
export { decodeBase64, encodeBase64 } from './bytes/base64.ts';
export { concatBytes, equalBytes } from './bytes/bytes.ts';
export { excerpt } from './bytes/excerpt.ts';
export { decodeHex, encodeHex, isHex } from './bytes/hex.ts';
export { decodeUtf8, encodeUtf8 } from './bytes/utf8.ts';
// crypto
export { digestOf, fingerprintOf } from './crypto/digest.ts';
export { ed25519KeyObjection, ed25519Spki } from './crypto/ed25519-keys.ts';
export { keyIdOf } from './crypto/key-id.ts';
export type { Cryptography, HashAlgorithm, KeySpelling, OpenedKey, VerifyingKey } from './crypto/port.ts';
export { portable } from './crypto/portable.ts';
// edit
export type { PublicKey, Signer } from './edit/signer.ts';
// errors
export {
  CountersignError,
  type ErrorContext,
  type FormatCode,
  FormatError,
  type ReviewCode,
  ReviewError,
  type TrustCode,
  TrustError,
} from './errors.ts';
// json
export { encodeCanonical } from './json/canonical.ts';
export { compareCodePoints } from './json/code-points.ts';
export {
  describeJson,
  memberArray,
  memberBoolean,
  memberInteger,
  memberObject,
  memberString,
  optionalMemberArray,
  optionalMemberBoolean,
  optionalMemberInteger,
  optionalMemberObject,
  optionalMemberString,
} from './json/members.ts';
export { type JsonDocument, readJson } from './json/read.ts';
export {
  isJsonArray,
  isJsonObject,
  type JsonArray,
  type JsonObject,
  type JsonValue,
  jsonObject,
  withMembers,
} from './json/value.ts';
export { encodeJson } from './json/write.ts';
// names
export type { Digest, Fingerprint, Gun, Instant, KeyId, RepositoryId, RoleName, Version } from './names/brand.ts';
export { parseDigest, parseFingerprint, parseRepositoryId, shortFingerprint } from './names/digest.ts';
export { parseGun } from './names/gun.ts';
export { formatInstant, parseInstant } from './names/instant.ts';
export { parseKeyId } from './names/key-id.ts';
export { isPlainPattern, matchesPattern } from './names/match.ts';
export { parseOwnRoleName, parseRoleName } from './names/role-name.ts';
export { parseTag, parseTargetPath } from './names/target-path.ts';
export { parseVersion } from './names/version.ts';
