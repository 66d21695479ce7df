export { type BackupRequest, type BackupResult, backup } from './backup.js';
export type { Chain, ChainFile, Problem } from './chain.js';
export type { Engine, Progress } from './engine.js';
export { LocalStore } from './local-store.js';
export { type ChosenMoment, chooseMoment, type Moment, moments, timeOf } from './moment.js';
export { parseDataName, stampOf, stampTime } from './names.js';
export { REASON_TEXT } from './plan.js';
export type { RepairAction } from './repair.js';
export { type Repository, readRepository } from './repository.js';
export {
  type RestoreRequest,
  type RestoreResult,
  type RestoreToFile,
  restoreToFile,
  restoreToSink,
} from './restore.js';
export { removeOlderChains } from './retention.js';
export type { Publication, Store, StoredFile, StoredReader } from './store.js';
export {
  type FileReport,
  problemText,
  type VerifyLevel,
  type VerifyReport,
  type VerifyRequest,
  verify,
} from './verify.js';
