// The door of the store: the port, its errors, the record, and two implementations.
export type { StoreCode } from './errors.ts';
export { isStoreError, StoreError } from './errors.ts';
export type { PublishRecord, RecordDraft, RecordFile, RecordKind, StoredRecord } from './record/record.ts';
export type {
  Change,
  Claim,
  DialectName,
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
} from './store.ts';
