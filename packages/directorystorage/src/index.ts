export { type Archive, parseArchive } from './backup/archive-names.js';
export {
  type BackupCommand,
  type BackupEngine,
  type BackupReport,
  type BackupRequest,
  backupStorage,
  type MadeArchive,
  parseBackupWords,
} from './backup/backup.js';
export { listBackups } from './backup/backups-directory.js';
export { parseMoment } from './backup/moment.js';
export { type RestoreReport, type RestoreRequest, restoreStorage } from './backup/restore.js';
export type { RestoreChoice } from './backup/restore-plan.js';
export { type IndexRow, parseIndex } from './backup/tindex.js';
export type { RestoreEngine } from './backup/unpacking.js';
export { changedFiles, readState, type StorageState } from './changes.js';
export { type CheckEngine, type CheckReport, checkStorage } from './check/check.js';
export { type CheckStatistics, PROBLEM_TEXT, type Problem, type ProblemKind } from './check/findings.js';
export type { CheckProgress } from './check/pace.js';
export {
  closeTidily,
  type DirectAccess,
  type DirectAccessReport,
  readSnapshotCode,
} from './direct-access.js';
export { inspectStorage, type StorageInspection } from './inspect.js';
export { FORMATS, type Format, nameAt, pathOf } from './layout.js';
export { openStorage, type StorageDirectory } from './open-storage.js';
export { readSettings, type StorageClass, type StorageSettings } from './settings.js';
export {
  allHeld,
  describeFailure,
  enterByHttp,
  enterSnapshot,
  type FailureLine,
  type FileSnapshotRequest,
  type FileSnapshotSession,
  type FreezeRequest,
  type Frozen,
  type FrozenMemory,
  freeze,
  freezeFileStorage,
  frozenBytes,
  type HeldSnapshot,
  type HttpOutcome,
  isIntact,
  joinSurrounding,
  joinSurroundingFile,
  leaveStale,
  memoryOf,
  type Retry,
  readAccessFile,
  removeUnused,
  resumeFrozen,
  type SnapshotEngine,
  type SnapshotLog,
  type SnapshotRequest,
  type SnapshotSession,
  type StaleReport,
  type SurroundingFile,
  type SurroundingSnapshot,
  sentCode,
  surroundingFile,
  TidyHold,
  Toolkit as ZopeToolkit,
  type WithSnapshotRequest,
  withSnapshot,
} from './snapshot/index.js';
