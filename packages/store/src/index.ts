// The door of the store: the port, its errors, the record, and three implementations.
export { type BackupPart, type BackupSummary, backupFirst, backupLast, readBackup, writeBackup } from './backup/parts.ts';
export { packTar, unpackTar } from './backup/tar.ts';
export type { DialectName } from './dialect-name.ts';
export { type Finding, Inspector } from './dump/inspector.ts';
export type { ClaimItem, DamagedItem, DraftItem, FileItem, HeadItem, RecordItem, StoredItem, VersionItem } from './dump/item.ts';
export { soundItems } from './dump/sound.ts';
export type { StoreCode } from './errors.ts';
export { isStoreError, StoreError } from './errors.ts';
export type { WriterCounts } from './group-commit.ts';
export type { LevelStore } from './level/level-store.ts';
export { type LevelStoreOptions, openLevelStore } from './level/open.ts';

export { memoryStore } from './memory.ts';
export { isDatabaseAddress } from './postgres/address.ts';
export type { PostgresStoreOptions } from './postgres/connection.ts';
export { openPostgresStore } from './postgres/open.ts';
export type { PostgresStore } from './postgres/postgres-store.ts';
export { canonicalBytes } from './record/canonical.ts';
export { draftRecord, type RecordFacts } from './record/draft.ts';
export { maxRecordBytes, noRecordHash, recordHash } from './record/hash.ts';
export { readRecord } from './record/read.ts';
export type { PublishRecord, RecordDraft, RecordFile, RecordKind, StoredRecord } from './record/record.ts';
export type {
  Change,
  Claim,
  FileRef,
  Head,
  HeadFile,
  MetadataStore,
  NewFile,
  PendingDraft,
  RecordQuery,
  RepositoryRef,
  Revision,
  ServerRole,
  SharedStore,
} from './store.ts';
