export type { BlobBackup, BlobBackupKind, BlobCounts, ManifestHeader } from './blob-backup.js';
export { type ChooseBlobOptions, chooseBlobBackup, findBlobBackup } from './choose.js';
export type { BlobEngine, BlobProgress } from './engine.js';
export { blobCountsOf, type EntriesOptions, entriesOf } from './entries.js';
export type { RefusedEntry } from './entries-walk.js';
export type { BlobDirectory, BlobEntry, BlobFile } from './entry.js';
export { type BlobLayout, blobPath, parseBlobPath, readLayout } from './layout.js';
export { type BlobLocation, type ListBlobOptions, listBlobBackups } from './location.js';
export { readManifestHeader } from './manifest-header.js';
export { checkPair, PairCheck, type PairOptions, type PairReport } from './pair.js';
export { prepareBlobs } from './prepare.js';
export { referenceOf } from './references.js';
export { type BlobRemoval, removeBlobBackups, removeBlobLeftovers } from './remove.js';
export { removeTree } from './remove-tree.js';
export type {
  BlobBackupRequest,
  BlobBackupSummary,
  BlobItem,
  BlobReference,
  BlobStyle,
  PreparedBlobs,
} from './request.js';
export { type BlobRestoreResult, type RestoreBlobsRequest, restoreBlobs } from './restore-blobs.js';
export type { Owner } from './restore-directories.js';
export { type RsyncOptions, translateRsyncOptions } from './rsync-options.js';
export { countPresent } from './tree-log.js';
export { type VerifyBlobsRequest, verifyBlobs } from './verify-blobs.js';
export type { BlobCheckLevel, BlobVerifyReport, Findings } from './verify-report.js';
export type { KnownDigests } from './verify-tree.js';
