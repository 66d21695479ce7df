export { backup } from './backup.js';
export type { BackedUp, BackedUpState, BackupRequest, BackupResult } from './backup-request.js';
export type { Chain, ChainFile, Problem } from './chain.js';
export type { Engine, Progress } from './engine.js';
export { freeStamp } from './free-stamp.js';
export { LocalStore } from './local-store.js';
export { type ChosenMoment, chooseMoment, type Moment, moments, timeOf } from './moment.js';
export { parseDataName, stampOf, stampTime } from './names.js';
export { REASON_TEXT } from './plan.js';
export type { FileRecord } from './record.js';
export { applyRemoval, type RemovalStep } from './removal-step.js';
export type { RepairAction } from './repair.js';
export { type Repository, readRepository } from './repository.js';
export {
  type RestoreResult,
  type RestoreToFile,
  restoreToFile,
  restoreToSink,
} from './restore.js';
export { type BuildRequest, type BuiltStorage, buildStorage, type RestoreRequest } from './restore-build.js';
export { findTarget, holdStorageFile, type Target } from './restore-target.js';
export { otherHistories, planOrphans, planRemoval, removeOlderChains } from './retention.js';
export type { Publication, Store, StoredFile, StoredReader } from './store.js';
export {
  type FileReport,
  problemText,
  type VerifyLevel,
  type VerifyReport,
  type VerifyRequest,
  verify,
} from './verify.js';
