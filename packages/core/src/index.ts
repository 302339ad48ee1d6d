// The door of core: every name that other packages may use.
export type { Cryptography, HashAlgorithm, KeySpelling, OpenedKey, VerifyingKey } from './crypto/port.ts';
export type { PublicKey, Signer } from './edit/signer.ts';
export type { ErrorContext, FormatCode, ReviewCode, TrustCode } from './errors.ts';
export { CountersignError, FormatError, ReviewError, TrustError } from './errors.ts';
export type { JsonArray, JsonObject, JsonValue } from './json/value.ts';
export { isJsonArray, isJsonObject, jsonObject, withMembers } from './json/value.ts';
export type { Brand, Digest, Fingerprint, Gun, Instant, KeyId, RepositoryId, RoleName, Version } from './names/brand.ts';
