export { BARMAN_KINDS, type BarmanKind, type BarmanKindName } from './barman-kinds.js';
export {
  type AcquireOptions,
  LockFile,
  LockFileBusy,
  LockFileParsingError,
  LockFilePermissionDenied,
} from './barman-lock-file.js';
export {
  ConfigUpdateLock,
  GlobalCronLock,
  ServerBackupIdLock,
  ServerBackupLock,
  ServerBackupSyncLock,
  ServerCronLock,
  ServerWalArchiveLock,
  ServerWalReceiveLock,
  ServerWalSyncLock,
  ServerXLOGDBLock,
} from './barman-locks.js';
export { type CleanOptions, type CleanReport, cleanLocks } from './clean-locks.js';
export { type Flock, type LockMode, systemFlock } from './flock.js';
export type { RepositoryLock } from './held-repository.js';
export { KernelLock, type KernelLockOptions } from './kernel-lock.js';
export { LEASE_STALE_MS } from './lease-directory.js';
export { LeaseLock, type LeaseOptions } from './lease-lock.js';
export { type LockReport, listLocks } from './list-locks.js';
export type { LockKind } from './lock-kinds.js';
export type { LockOwner } from './owner-record.js';
export { lockPath, type PathLockOptions } from './path-lock.js';
export type { Waiting } from './polling.js';
export {
  type Liveness,
  livenessOf,
  ownIdentity,
  type ProcessIdentity,
  processStart,
} from './process-identity.js';
export type { RecordedHolder } from './recorded-holder.js';
export {
  lockRepository,
  REPOSITORY_LOCK_NAME,
  type RepositoryLockOptions,
} from './repository-lock.js';
export { type CommandResult, type RunLocked, runLocked } from './run-locked.js';
export { probeStorageLock, StorageLock, type StorageLockState, storageLockPaths } from './storage-lock.js';
