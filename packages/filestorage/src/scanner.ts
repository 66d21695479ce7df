/** A push parser of transactions (docs/formats/filestorage.md, sections 2 to 4). */
import { shortRead } from './damage.js';
import {
  BACK_POINTER_SIZE,
  HEADER_SIZE,
  RECORD_HEADER_SIZE,
  REDUNDANT_LENGTH_SIZE,
  TRANSACTION_HEADER_SIZE,
  viewOf,
} from './format.js';
import {
  type RecordHeader,
  readBackPointer,
  readRecordHeader,
  recordsDoNotAddUp,
  type ScannedRecord,
} from './record-header.js';
import type { Tid } from './tid.js';
import {
  checkRedundantLength,
  readTransactionHeader,
  recordsEnd,
  recordsStart,
  type Tail,
  type TransactionHeader,
  tailWithoutHeader,
} from './transaction-header.js';

/** Called in the order of the file. What a visitor throws ends the scan. */
export interface ScanVisitor {
  /** A whole transaction begins; its records may still turn out to be damaged. */
  transaction?(header: TransactionHeader): void;
  /** A record of a transaction that is not undone (the inside of undone ones is not looked at, section 3). */
  record?(record: RecordHeader, transaction: TransactionHeader): void;
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

type Field = 'header' | 'record' | 'backPointer' | 'redundantLength';

const FIELD_SIZE: Readonly<Record<Field, number>> = {
  header: TRANSACTION_HEADER_SIZE,
  record: RECORD_HEADER_SIZE,
  backPointer: BACK_POINTER_SIZE,
  redundantLength: REDUNDANT_LENGTH_SIZE,
};

/**
 * Walks transactions in bytes that stream by, in pieces of any size. Data are stepped over, never copied or kept.
 *
 *     const scanner = new TransactionScanner({ path, start: HEADER_SIZE, limit: size });
 *     for (chunk of file) if (!scanner.stopped) scanner.push(chunk);
 *     const { end, lastTid } = scanner.finish();
 *
 * Errors: `filestorage.damaged` with the path, the offset of the wrong field, and `details.wholeUpTo`, the end of the
 * last transaction that was found right; `fs.short-read` when `limit` is less than `start`, or `finish` comes before
 * all bytes up to `limit` were pushed. After an error every call throws it again.
 */
export class TransactionScanner {
  private readonly path: string;
  private readonly limit: number;
  private readonly visitor: ScanVisitor;
  /** The field to be read next, and the position of its first byte once `skip` bytes are stepped over. */
  private field: Field = 'header';
  private at: number;
  private skip = 0;
  /** The first bytes of a field that straddles chunks. */
  private readonly carry = Buffer.alloc(RECORD_HEADER_SIZE);
  private carried = 0;
  private header: TransactionHeader | undefined;
  private tidHigh = 0;
  private tidLow = 0;
  /** What the records of the transaction are checked against; kept here so that it is made once a transaction. */
  private place = { path: '', transaction: 0, end: 0 };
  private pending: ScannedRecord | undefined;
  private tail: Tail | undefined;
  private failure: unknown;
  private end: number;
  private lastTid: Tid | undefined;
  private transactions = 0;
  private records = 0;
  private warnings = 0;

  constructor(options: ScanOptions) {
    const { path, start, limit } = options;
    // A file of 0 bytes is a new storage (section 1).
    if (limit < start && !(limit === 0 && start === HEADER_SIZE)) throw shortRead(path, limit, start);
    this.path = path;
    this.limit = Math.max(limit, start);
    this.visitor = options.visitor ?? {};
    this.lastTid = options.previousTid;
    this.at = start;
    this.end = start;
    this.beginTransaction();
  }

  /** Bytes below this belong to transactions known whole: it moves when a whole transaction's header has been seen. */
  get safeEnd(): number {
    return this.header?.end ?? this.end;
  }

  /** The tail, or the limit, was reached; what is pushed from now on is ignored. */
  get stopped(): boolean {
    return this.tail !== undefined;
  }

  /** Takes the next bytes of the file. The chunk is not kept. */
  push(chunk: Uint8Array): void {
    if (this.failure !== undefined) throw this.failure;
    try {
      this.take(chunk);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  /**
   * How many of the next bytes need not be looked at; they count as pushed. A reader of a file jumps over them, so
   * that large data are never read.
   */
  jump(): number {
    const bytes = this.skip;
    this.at += bytes;
    this.skip = 0;
    return bytes;
  }

  finish(): ScanEnd {
    if (this.failure !== undefined) throw this.failure;
    const { tail, end, lastTid, transactions, records, warnings } = this;
    if (tail === undefined) throw shortRead(this.path, this.at + this.carried, this.limit);
    return { end, lastTid, transactions, records, tail, warnings };
  }

  private take(chunk: Uint8Array): void {
    const view = viewOf(chunk);
    const length = chunk.length;
    let offset = 0;
    while (offset < length && this.tail === undefined) {
      if (this.skip > 0) {
        const count = Math.min(this.skip, length - offset);
        this.skip -= count;
        this.at += count;
        offset += count;
        continue;
      }
      const size = FIELD_SIZE[this.field];
      if (this.carried === 0 && length - offset >= size) {
        this.takeField(view, offset);
        offset += size;
      } else {
        offset += this.takePart(chunk.subarray(offset), size);
      }
    }
  }

  /** Adds to the field that straddles chunks; the number of bytes used. */
  private takePart(rest: Uint8Array, size: number): number {
    const part = rest.subarray(0, size - this.carried);
    this.carry.set(part, this.carried);
    this.carried += part.length;
    if (this.carried === size) {
      this.carried = 0;
      this.takeField(viewOf(this.carry), 0);
    }
    return part.length;
  }

  private takeField(view: DataView, offset: number): void {
    switch (this.field) {
      case 'header':
        this.takeHeader(view, offset);
        break;
      case 'record':
        this.takeRecord(view, offset);
        break;
      case 'backPointer':
        this.takeBackPointer(view, offset);
        break;
      case 'redundantLength':
        this.takeRedundantLength(view, offset);
    }
  }

  private beginTransaction(): void {
    this.header = undefined;
    this.field = 'header';
    this.tail = tailWithoutHeader({ path: this.path, position: this.at, limit: this.limit });
  }

  private takeHeader(view: DataView, offset: number): void {
    const place = { path: this.path, position: this.at, limit: this.limit };
    const found = readTransactionHeader(view, offset, place);
    if ('tail' in found) {
      this.tail = found.tail;
      return;
    }
    const { header } = found;
    this.header = header;
    this.tidHigh = view.getUint32(offset);
    this.tidLow = view.getUint32(offset + 4);
    if (this.lastTid !== undefined && header.tid <= this.lastTid) this.warnings++;
    this.at += TRANSACTION_HEADER_SIZE;
    this.place = { path: this.path, transaction: header.position, end: recordsEnd(header) };
    this.visitor.transaction?.(header);
    const next = header.status === 'undone' ? this.place.end : recordsStart(header);
    this.nextRecord(next);
  }

  /** Goes to the record at `position`, or to the second length when the records end there. */
  private nextRecord(position: number): void {
    const left = this.place.end - position;
    this.skip = position - this.at;
    this.field = left === 0 ? 'redundantLength' : 'record';
    if (left !== 0 && left < RECORD_HEADER_SIZE) throw recordsDoNotAddUp(position, this.place);
  }

  private takeRecord(view: DataView, offset: number): void {
    const record = readRecordHeader(view, offset, this.at, this.place);
    if (!record.hasTid(this.tidHigh, this.tidLow)) this.warnings++;
    if (record.previous >= record.position) this.warnings++;
    this.at += RECORD_HEADER_SIZE;
    if (record.dataLength === 0) {
      this.pending = record;
      this.field = 'backPointer';
    } else {
      this.endRecord(record, this.at + record.dataLength);
    }
  }

  private takeBackPointer(view: DataView, offset: number): void {
    const record = this.pending as ScannedRecord;
    record.backPointer = readBackPointer(view, offset, record, this.path);
    this.pending = undefined;
    this.at += BACK_POINTER_SIZE;
    this.endRecord(record, this.at);
  }

  private endRecord(record: ScannedRecord, next: number): void {
    this.records++;
    this.visitor.record?.(record, this.header as TransactionHeader);
    this.nextRecord(next);
  }

  private takeRedundantLength(view: DataView, offset: number): void {
    const header = this.header as TransactionHeader;
    checkRedundantLength(view, offset, header, this.path);
    this.at += REDUNDANT_LENGTH_SIZE;
    this.end = header.end;
    this.lastTid = header.tid;
    this.transactions++;
    this.visitor.transactionEnd?.(header);
    this.beginTransaction();
  }
}
