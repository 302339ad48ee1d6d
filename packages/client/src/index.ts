// The one door of the client.
export { type AnchorSources, anchorFor } from './anchor-for.ts';
export type {
  AddSignerChange,
  CeremonyChange,
  DelegateChange,
  EntriesChange,
  InitChange,
  KeyChange,
  LaterChange,
  PublishChange,
  Published,
  RemoveSignerChange,
  RenewChange,
  ReplaceKeyChange,
  RevokeKeyChange,
  RotateChange,
  RotateServerKeyChange,
  UndelegateChange,
} from './change.ts';
export { createClient, type TrustClient } from './client.ts';
export type { Downloaded, DownloadPlace } from './download.ts';
export type { Drafts } from './drafts.ts';
export { type PublishCode, PublishError, type ServerCode, ServerError, type StateCode, StateError } from './errors.ts';
export { forgetRepository } from './forget.ts';
export type { KeyPlan, KeyUse, TouchedRole } from './key-use.ts';
export { makeFolder } from './make-folder.ts';
export { type LocalRepositories, type LocalRepository, localRepositories, readLocalRole } from './notary-trust-folder.ts';
export type { ClientOptions, Folders, ReaderOptions, SigningLifetimes } from './options.ts';
export type { RepositoryName } from './owner.ts';
export type { BadDraft } from './pending.ts';
export type { PendingDraft } from './pending-server.ts';
export { openPinStore, type PinStore, type PinStoreOptions, pinnedText, type StoredPin } from './pins.ts';
export {
  matchesRule,
  type Pinned,
  type Policy,
  type PolicyRule,
  parsePolicy,
  policyRule,
  type RefuseRule,
  type VerifyRule,
} from './policy.ts';
export { serverError } from './problem.ts';
export type { Needed, Proposal } from './proposal.ts';
export { createReader, type TrustReader } from './reader.ts';
export type { RecalledRole } from './recall.ts';
export { type LocalMemory, type RememberLocalOptions, rememberLocal } from './remember-local.ts';
export { type RememberedNames, rememberedNames } from './remembered-names.ts';
export type {
  DelegationFacts,
  Holder,
  ListedEntry,
  RoleFacts,
  SearchedRole,
  SearchOrder,
  TrustedRepository,
} from './repository.ts';
export type { DialectName } from './repository-folder.ts';
export { openTufRepository, type TufContent, type TufRepository, type TufRepositoryOptions } from './tuf-repository.ts';
export type { FileFacts, ImageName, ManifestSource, Verdict } from './verdict.ts';
