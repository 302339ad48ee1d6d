// The one door of the trust server.
export {
  type BackupPart,
  type BackupSummary,
  backupFirst,
  backupLast,
  isStoreError,
  openLevelStore,
  packTar,
  readBackup,
  soundItems,
  unpackTar,
  writeBackup,
} from '@countersign/store';
export type { ListenAddress } from './address.ts';
export { systemClock } from './clock.ts';
export { parseServerConfig, readConfigFile, type ServerConfig } from './config.ts';
export { readConfigVariables } from './config-variables.ts';
export { type RequestCode, RequestError, type StartCode, StartError } from './errors.ts';
export { type FsckCounts, type FsckStep, fsck } from './fsck/fsck.ts';
export { offlineRules } from './fsck/offline-rules.ts';
export { type Logger, standardLog } from './log.ts';
export type { Notice } from './notary-config/notices.ts';
export { readNotaryConfig } from './notary-config/read-notary-config.ts';
export type { NotarySettings, TokenSettings } from './notary-config/settings.ts';
export type { NotaryConfig } from './notary-config/translate.ts';
export { openDatabase } from './open-store.ts';
export { type RestoreOptions, restoreStore } from './restore.ts';
export { restoreDatabase } from './restore-database.ts';
export type { ServerKeyring } from './server-keys.ts';
export { type StandingFiles, standingFiles } from './standing-files.ts';
export { startTrustServer, type TrustServer, type TrustServerOptions } from './start.ts';
export { syncFolder } from './synced-folder.ts';
export { type StartedServer, startOnProcesses } from './workers/start.ts';
