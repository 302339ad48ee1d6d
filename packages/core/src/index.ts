// The one door of core: every export that other packages may use, by room.

// bytes
export { decodeBase64, encodeBase64 } from './bytes/base64.ts';
export { concatBytes, equalBytes } from './bytes/bytes.ts';
export { excerpt } from './bytes/excerpt.ts';
export { decodeHex, encodeHex, isHex } from './bytes/hex.ts';
export { decodeUtf8, encodeUtf8 } from './bytes/utf8.ts';
// crypto
export { digestOf, fingerprintOf } from './crypto/digest.ts';
export { ed25519KeyFlaw, ed25519KeyObjection, ed25519Spki, isSmallOrderPoint } from './crypto/ed25519-keys.ts';
export { keyIdOf } from './crypto/key-id.ts';
export type { Cryptography, HashAlgorithm, KeySpelling, OpenedKey, VerifyingKey } from './crypto/port.ts';
export { portable } from './crypto/portable.ts';
export { claimsOf } from './edit/claims.ts';
export { type DelegationChange, draftDelegations, type NewDelegation } from './edit/delegations.ts';
// edit
export type { Holders } from './edit/difference-keys.ts';
export { type RoleChange, type RootDifference, rootDifference } from './edit/difference-root.ts';
export {
  type DelegationDifference,
  type DelegationShown,
  type EntryChange,
  type NameDifference,
  type TargetsDifference,
  targetsDifference,
} from './edit/difference-targets.ts';
export { type Draft, draftFor, firstDraft, metaOf, nextDraft, type Sealed, seal } from './edit/draft.ts';
export type {
  ImportFile,
  ImportHead,
  ImportNeed,
  ImportOffer,
  ImportPlan,
  ImportReview,
  ImportTrust,
  LeftOut,
} from './edit/notary/import-plan.ts';
export { MOST_IMPORTED_ROOTS } from './edit/notary/import-roots.ts';
export type { About } from './edit/notary/refusal.ts';
export { HIGHEST_IMPORTED_VERSION, reviewImport } from './edit/notary/review-import.ts';
export { reviewNotary } from './edit/notary/review-notary.ts';
export { draftSnapshot, draftTimestamp, expiryAfter, isHalfSpent, type Lifetimes } from './edit/online.ts';
export type { Offer, PendingNeed, PendingPlan, PendingReview } from './edit/pending-plan.ts';
export type { Claim, Plan, Review, ReviewAnswer, ReviewHead, ReviewNeed, ReviewRules, ServerKey, ServerKeys, Upload } from './edit/plan.ts';
export { review } from './edit/review.ts';
export { reviewPending } from './edit/review-pending.ts';
export { draftFirstRoot, draftNextRoot, type KeySet, type NewRoot } from './edit/root.ts';
export { newSignature, type PublicKey, type Signer } from './edit/signer.ts';
export { draftBins, draftEntries, draftFirstTargets, type EntryChanges, type NewBins, type NewTargets } from './edit/targets.ts';
export { type RoleSigners, type ValidSignatures, validSignatures } from './edit/valid-signatures.ts';
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
export type { Dialect, Env, FileAddress, NewSignature, ParseEnv, RootAsked } from './formats/dialect.ts';
export { type Certificate, readCertificate } from './formats/notary/certificate.ts';
export { DER, type Der, derChildren, expectDer, readDer } from './formats/notary/der.ts';
// formats
export { parseExpires } from './formats/notary/expires.ts';
export { leafOf, notaryKeyId, readNotaryKeys } from './formats/notary/keys.ts';
export {
  CERTIFICATE_LIFE,
  type CertificateSignature,
  draftCertificate,
  type NewCertificate,
  sealCertificate,
} from './formats/notary/make-certificate.ts';
export { notary } from './formats/notary/notary.ts';
export { type CertificateRules, certificateObjection } from './formats/notary/root-certificates.ts';
export { readSignatureBytes } from './formats/notary/signature.ts';
export { canonicalKeyId, type NotaryKey, spellCertificateKey, spellNotaryKey } from './formats/notary/spell-key.ts';
export { spellSignature } from './formats/notary/spell-signature.ts';
export { keyKindOf, type NotaryKeyKind, spkiOf } from './formats/notary/spki.ts';
export { type NotarySignature, writeNotaryFile } from './formats/notary/wire.ts';
export { readingOnce } from './formats/reading-once.ts';
export { tuf } from './formats/tuf/tuf.ts';
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
export { allBins, binNamed, binOf, binsAmong, MOST_BINS_WRITTEN } from './model/bins.ts';
export {
  checkEntryOf,
  DENIALS,
  type EntryKind,
  entryKind,
  entryOf,
  fileEntry,
  imageEntry,
  revocationEntry,
  revocationPath,
} from './model/entries.ts';
// model
export { type Limits, STANDARD_LIMITS } from './model/limits.ts';
export type {
  BinDelegation,
  Binding,
  DelegatedRole,
  Delegations,
  Hashes,
  KeyRing,
  MetaFile,
  Parsed,
  RecordHead,
  RoleKeys,
  RoleKind,
  RootContent,
  Signature,
  SignerNames,
  SnapshotContent,
  TargetEntry,
  TargetsContent,
  TimestampContent,
  TopLevelRole,
} from './model/metadata.ts';
export { roleOf } from './model/role-of.ts';
export { isTopLevel, RELEASES, RELEASES_BINS, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, TOP_LEVEL_ROLES } from './model/top-level.ts';
// names
export type { Digest, Fingerprint, Gun, Instant, KeyId, RepositoryId, RoleName, Version } from './names/brand.ts';
export { parseDigest, parseFingerprint, parseRepositoryId, shortFingerprint } from './names/digest.ts';
export { parseGun } from './names/gun.ts';
export { formatInstant, parseInstant } from './names/instant.ts';
export { parseKeyId } from './names/key-id.ts';
export { isPlainPattern, matchesPattern } from './names/match.ts';
export { patternsMeet } from './names/meet.ts';
export { parseNotaryGun, parseNotaryRoleName } from './names/notary-names.ts';
export { parseOwnRoleName, parseRoleName } from './names/role-name.ts';
export { parseTag, parseTargetPath } from './names/target-path.ts';
export { parseVersion } from './names/version.ts';
// trust
export { type Anchor, formatPin, type KeyPin, type Minimum, parsePin, pinOf, pinText, type RootPin } from './trust/anchor.ts';
export { checkClock, type Floor, type FloorFiles, readFloor, type SeenRole, type SeenRoles } from './trust/floor.ts';
export { newlySeen, seenRole } from './trust/seen-role.ts';
export type {
  DelegatedTrusted,
  Delegation,
  RootReached,
  RootTrusted,
  SnapshotTrusted,
  TargetsTrusted,
  TimestampTrusted,
} from './trust/stages.ts';
export { rootOf } from './trust/stages.ts';
// verify
export { countSignatures, type SignatureReport, usableKeys } from './verify/count.ts';
export { verifyBytes, verifyMeta } from './verify/verify-bytes.ts';
export { type Verified, verifySigned } from './verify/verify-signed.ts';
// workflow
export { delegatedTargets, type TrustedRoles, trustedRoleKey } from './workflow/delegated-targets.ts';
export { findTarget, type Target } from './workflow/find-target.ts';
export { isNeed, type Keep, type Need, type Workflow } from './workflow/need.ts';
export { firstVersions, newestRoot, refresh } from './workflow/refresh.ts';
