export type { SnapshotEngine, SnapshotLog } from './engine.js';
export { enterSnapshot } from './enter.js';
export { joinSurrounding, type SurroundingSnapshot } from './environment.js';
export { frozenBytes } from './file-storage/cat.js';
export type { FileSnapshotSession } from './file-storage/file-session.js';
export { type FileSnapshotRequest, freezeFileStorage } from './file-storage/freeze-file-storage.js';
export {
  joinSurroundingFile,
  type SurroundingFile,
  surroundingFile,
} from './file-storage/frozen-environment.js';
export { leaveStale, type StaleReport } from './leave-stale.js';
export { describe as describeFailure, type FailureLine } from './not-locked.js';
export type { Retry, SnapshotRequest } from './request.js';
export type { SnapshotSession } from './session.js';
export { type HeldSnapshot, type WithSnapshotRequest, withSnapshot } from './with-snapshot.js';
