export {
  AtomicFile,
  type AtomicFileOptions,
  isTemporaryName,
  publishFile,
  removeLeftovers,
  renameWithoutReplacing,
} from './atomic-file.js';
export type {
  BesideFiles,
  BesideOptions,
  BesideOutcome,
  BesideTask,
  BulkCopyOptions,
  BulkFiles,
  BulkStat,
  Owner,
} from './bulk-files.js';
export { type BulkReads, nodeBulkReads } from './bulk-reads.js';
export { type Clock, systemClock } from './clock.js';
export { cloneFile } from './clone-file.js';
export { copyLargeFile, type LargeCopyOptions } from './copy-large-file.js';
export type { DirectoryEntry, FileStat, FileSystem, OpenFile, OpenOptions } from './file-system.js';
export { fsError } from './fs-error.js';
export { exists, lstatIfThere, removeIfThere, statIfThere } from './if-there.js';
export { type LockFiles, nodeLockFiles } from './lock-files.js';
export { nodeBulkFiles } from './node-bulk-files.js';
export { nodeFileSystem } from './node-file-system.js';
export { syncFileSystem } from './sync-file-system.js';
export {
  CHUNK_SIZE,
  type CopyRange,
  copyRange,
  readExactly,
  readFully,
  readSmallFile,
  throwIfCancelled,
  writeAll,
} from './transfer.js';
export { copyFile, linkOrCopy, makeDirectories, type WalkEntry, walk } from './tree.js';
export { fillDurably } from './write-behind.js';
