export { isBlobData } from './blob-data.js';
export { BLOB_RECORD_PROBE_SIZE, blobRecordPickle, isBlobRecord } from './blob-record.js';
export { BlobReferences, type BlobReferenceText } from './blob-reference-set.js';
export {
  BlobReferenceCollector,
  type BlobReferenceRange,
  collectBlobReferences,
  resolveBlobReferences,
} from './blob-references.js';
export {
  HEADER_SIZE,
  MAGIC_FS21,
  MAGIC_FS30,
  type Magic,
  RECORD_HEADER_SIZE,
  TRANSACTION_HEADER_SIZE,
} from './format.js';
export { type DecodedIndex, decodeIndex } from './index-decode.js';
export { encodeIndex } from './index-file.js';
export { type IterateOptions, iterateTransactions, type StoredTransaction } from './iterate.js';
export { readMagic } from './magic.js';
export { joinOid, type Oid, type SplitOid, splitOid } from './oid.js';
export { readRecordData, readRecordStart, resolveRecord } from './record-data.js';
export type { RecordHeader } from './record-header.js';
export type { ScanEnd, ScanOptions, ScanVisitor } from './scan.js';
export { type ScanFileOptions, scanFile } from './scan-file.js';
export { TransactionScanner } from './scanner.js';
export { type IndexEntries, indexVisitor, StorageIndex } from './storage-index.js';
export {
  formatTid,
  laterTid,
  readTid,
  type Tid,
  tidFromHex,
  tidToBytes,
  tidToHex,
  tidToTime,
  timeToTid,
} from './tid.js';
export type { Tail, TransactionHeader, TransactionStatus } from './transaction-header.js';
export type { TransactionWriter } from './transaction-writer.js';
export {
  type CreateOptions,
  FileStorageWriter,
  type OpenWriterOptions,
  type TransactionOptions,
  type WriterOptions,
} from './writer.js';
