export { type Identity, mayDo, type Role } from './auth/identity.js';
export {
  JOB_KINDS,
  type Job,
  type JobBoard,
  type JobKind,
  type JobProgress,
  type JobRequest,
} from './jobs/job-board.js';
export type { HeldSnapshot, SnapshotKeeper } from './snapshots/snapshot-keeper.js';
export { RESERVED_NAMES, type StorageBackups, type StorageSource, type ToolkitStorage } from './storages.js';
export type { Authentication, StatusSource, Toolkit } from './toolkit.js';
