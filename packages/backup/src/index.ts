export { expandPath } from './config/paths.js';
export { nameOfPath, type Problem as ConfigurationProblem } from './config/problem.js';
export { type ConfigurationRequest, readConfiguration } from './config/read.js';
export { suggestion } from './config/suggest.js';
export { lineOf } from './config/toml-lines.js';
export type { Configuration, Hooks, Options, Places, SetKind, StorageConfig } from './config.js';
export { type RunHistory, readRuns, recordRun } from './history/history-file.js';
export { type RunBegun, type RunEnd, recorded } from './history/recorded.js';
export type { RunEntry, RunKind } from './history/run-entry.js';
export { type InitPlan, type InitRequest, planInit } from './init/plan.js';
export { applyWrites, type Write } from './init/write.js';
export { backupData, backupLines, storageData, storageLines } from './report/backup-report.js';
export { count, formatBytes, formatDuration, formatTime, table } from './report/format.js';
export { jsonTime, jsonTransaction } from './report/json.js';
export { type ListData, listData } from './report/list-data.js';
export { pruneData } from './report/prune-report.js';
export type { SetData } from './report/set-data.js';
export { type SetFiles, type ShowData, showData } from './report/show-data.js';
export { verifyData, verifyLines } from './report/verify-report.js';
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
export { type BackupAndPrune, backupAndPrune } from './run/backup-and-prune.js';
export { type BackupRunRequest, type BackupRunResult, planBackupRun, runBackup } from './run/backup-run.js';
export { type HookName, type HookRequest, runHook } from './run/hooks.js';
export { lockForReading, lockPlace, lockSource, NO_LOCK } from './run/locks.js';
export { type KindPruned, type PruneKinds, pruneKinds } from './run/prune-kinds.js';
export { type PruneReport, planPrune, prune, pruneUnderLocks } from './run/prune-run.js';
export {
  type ChosenRestore,
  chooseRestore,
  needPlacesToRestore,
  placesToRestore,
  type RestoreChoice,
  type RestoreWishes,
  withOtherwise,
} from './run/restore-run.js';
export type { StorageResult } from './run/storage-run.js';
export { type VerifyKindsReport, verifyFailure, verifyKinds } from './run/verify-kinds.js';
export { type VerifyRun, type VerifyRunReport, verifySets } from './run/verify-run.js';
export { engineOn, type World } from './run/world.js';
export type { BackupSet } from './set.js';
export type { BlobPart, FilestoragePart, SetPart, SetRecord } from './set-record.js';
export { partsOf } from './sets/assemble.js';
export { type ChosenSet, chooseSet, findSet } from './sets/choose-set.js';
export { parseSetFileName } from './sets/names.js';
export { alternativePlaces, type SetPlaces, type StoragePlaces, setPlaces } from './sets/places.js';
export { readKinds, SET_KINDS } from './sets/read-kinds.js';
export { readSets } from './sets/read-sets.js';
export type { FoundPart, SetReading, StorageReading } from './sets/reading.js';
export { parseSetRecord, printSetRecord } from './sets/record-text.js';
export { pinSet, publishSetRecord, recordVerification, unpinSet } from './sets/set-store.js';
