export { type ConfigurationRequest, readConfiguration } from './config/read.js';
export type { Configuration, Hooks, Options, Places, SetKind, StorageConfig } from './config.js';
export type { RunEntry, RunKind } from './history/run-entry.js';
export { type InitPlan, type InitRequest, planInit } from './init/plan.js';
export { applyWrites, type Write } from './init/write.js';
export {
  type BlobSource,
  type BuiltPair,
  blobSource,
  type PairCheck,
  planRestore,
  type Recovery,
  type RestorePlaces,
  type RestorePlan,
  type RestoreReport,
  type RestoreRequest,
  recoverRestore,
  refuseProblems,
  restoreSet,
  type StorageRestore,
} from './restore/index.js';
export { type ApplyRetention, applyRetention, nameOf as nameOfRemoval } from './retention/apply-retention.js';
export type { Decision, Removal, RetentionPlan } from './retention/plan.js';
export { planRetention, type RetentionState } from './retention/plan-retention.js';
export { type RetentionPolicy, retentionPolicy } from './retention/policy.js';
export { type BackupRunRequest, type BackupRunResult, planBackupRun, runBackup } from './run/backup-run.js';
export { type HookName, type HookRequest, runHook } from './run/hooks.js';
export { lockForReading, lockPlace, lockSource, NO_LOCK } from './run/locks.js';
export { type PruneReport, planPrune, prune, pruneUnderLocks } from './run/prune-run.js';
export {
  type ChosenRestore,
  chooseRestore,
  placesToRestore,
  type RestoreChoice,
  type RestoreWishes,
} from './run/restore-run.js';
export type { StorageResult } from './run/storage-run.js';
export { type VerifyRun, type VerifyRunReport, verifySets } from './run/verify-run.js';
export { engineOn, type World } from './run/world.js';
export type { BackupSet } from './set.js';
export type { BlobPart, FilestoragePart, SetPart, SetRecord } from './set-record.js';
export { partsOf } from './sets/assemble.js';
export { type ChosenSet, chooseSet, findSet } from './sets/choose-set.js';
export { parseSetFileName } from './sets/names.js';
export { alternativePlaces, type SetPlaces, type StoragePlaces, setPlaces } from './sets/places.js';
export { readSets } from './sets/read-sets.js';
export type { FoundPart, SetReading, StorageReading } from './sets/reading.js';
export { parseSetRecord, printSetRecord } from './sets/record-text.js';
export { pinSet, publishSetRecord, recordVerification, unpinSet } from './sets/set-store.js';
