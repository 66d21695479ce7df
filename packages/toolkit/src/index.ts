export { ROLES } from './auth/access-text.js';
export { addressKey, isLoopback } from './auth/address-key.js';
export {
  type AuthenticationOptions,
  makeAuthentication,
  type RunningAuthentication,
} from './auth/authentication.js';
export { type Identity, mayDo, type Role } from './auth/identity.js';
export { removeUser, setPassword } from './auth/passwd.js';
export { startProblems } from './check-start.js';
export { errorBody } from './http-errors.js';
export {
  JOB_KINDS,
  type Job,
  type JobBoard,
  type JobKind,
  type JobProgress,
  type JobRequest,
} from './jobs/job-board.js';
export { makeSnapshotKeeper, type SnapshotKeeperOptions } from './snapshots/make-snapshot-keeper.js';
export { placeProblem } from './snapshots/place-problem.js';
export type { HeldSnapshot, SnapshotKeeper } from './snapshots/snapshot-keeper.js';
export { RESERVED_NAMES, type StorageBackups, type StorageSource, type ToolkitStorage } from './storages.js';
export type { Authentication, StatusSource, Toolkit } from './toolkit.js';
export { type ToolkitPluginOptions, toolkitPlugin } from './toolkit-plugin.js';
export { userNames } from './user-names.js';
export { pathFilter } from './without-paths.js';
