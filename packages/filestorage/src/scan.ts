/** What goes into a scan of transactions, and what comes out of it. */
import type { RecordHeader } from './record-header.js';
import type { Tid } from './tid.js';
import type { Tail, TransactionHeader } from './transaction-header.js';

/** Called in the order of the file. What a visitor throws ends the scan. */
export interface ScanVisitor {
  /** A whole transaction begins; its records may still turn out to be damaged. */
  transaction?(header: TransactionHeader): void;
  /** A record of a transaction that is not undone (the inside of undone ones is not looked at, section 3). */
  record?(record: RecordHeader, transaction: TransactionHeader): void;
  /**
   * The first bytes of a record's data, at most `BLOB_RECORD_PROBE_SIZE`, just before `record` is called with it; not
   * for records with a back pointer. `start` is valid during the call only. A scan without this method never looks at data.
   */
  recordStart?(record: RecordHeader, start: Uint8Array, transaction: TransactionHeader): void;
  /** Everything about the transaction was found right. */
  transactionEnd?(header: TransactionHeader): void;
}

export interface ScanOptions {
  /** For errors. */
  readonly path: string;
  /** Position of the first byte that is pushed: `HEADER_SIZE`, or that of any transaction. */
  readonly start: number;
  /** Bytes that the file has; a transaction that ends beyond is the tail. */
  readonly limit: number;
  readonly visitor?: ScanVisitor | undefined;
  /** Tid of the transaction before `start`, for the warning about tids that do not grow. */
  readonly previousTid?: Tid | undefined;
}

export interface ScanEnd {
  /** First byte after the last whole transaction. */
  readonly end: number;
  /** Of the last whole transaction; `previousTid` when there was none. */
  readonly lastTid: Tid | undefined;
  readonly transactions: number;
  /** Records of transactions that are not undone. */
  readonly records: number;
  readonly tail: Tail;
  /** What ZODB only logs (section 4): tids that do not grow, foreign tids and impossible previous positions in records. */
  readonly warnings: number;
}
