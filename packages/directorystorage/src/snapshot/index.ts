export { readAccessFile } from './access-file.js';
export type { SnapshotEngine, SnapshotLog } from './engine.js';
export { enterSnapshot } from './enter.js';
export { joinSurrounding, type SurroundingSnapshot } from './environment.js';
export { frozenBytes } from './file-storage/cat.js';
export type { FileSnapshotSession } from './file-storage/file-session.js';
export { isIntact } from './file-storage/fingerprint.js';
export { type FreezeRequest, type Frozen, freeze } from './file-storage/freeze.js';
export { type FileSnapshotRequest, freezeFileStorage } from './file-storage/freeze-file-storage.js';
export { removeUnused } from './file-storage/frozen-directory.js';
export {
  joinSurroundingFile,
  type SurroundingFile,
  surroundingFile,
} from './file-storage/frozen-environment.js';
export { enterByHttp, type HttpOutcome } from './http-method.js';
export { leaveStale, type StaleReport } from './leave-stale.js';
export { describe as describeFailure, type FailureLine } from './not-locked.js';
export type { Retry, SnapshotRequest } from './request.js';
export { type FrozenMemory, memoryOf, resumeFrozen } from './server/resume-frozen.js';
export { TidyHold } from './server/tidy-hold.js';
export type { SnapshotSession } from './session.js';
export { sentCode } from './session-code.js';
export { Toolkit } from './toolkit.js';
export { allHeld, type HeldSnapshot, type WithSnapshotRequest, withSnapshot } from './with-snapshot.js';
