/** A push parser of transactions (docs/formats/filestorage.md, sections 2 to 4). */
import { BLOB_RECORD_PROBE_SIZE } from './blob-record.js';
import { shortRead } from './damage.js';
import { FieldStream } from './field-stream.js';
import {
  BACK_POINTER_SIZE,
  HEADER_SIZE,
  RECORD_HEADER_SIZE,
  REDUNDANT_LENGTH_SIZE,
  TRANSACTION_HEADER_SIZE,
} from './format.js';
import {
  readBackPointer,
  readRecordHeader,
  recordEnd,
  recordsDoNotAddUp,
  type ScannedRecord,
} from './record-header.js';
import type { ScanEnd, ScanOptions, ScanVisitor } from './scan.js';
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

type Field = 'header' | 'record' | 'dataStart' | 'backPointer' | 'redundantLength';

const LONGEST_FIELD = Math.max(RECORD_HEADER_SIZE, BLOB_RECORD_PROBE_SIZE);

/**
 * Walks transactions in bytes that stream by, in pieces of any size. Data are stepped over, never copied or kept
 * (but for their first bytes where the visitor wants to see them).
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
  private readonly fields: FieldStream;
  private field: Field = 'header';
  private header: TransactionHeader | undefined;
  private tidHigh = 0;
  private tidLow = 0;
  /** What the records of the transaction are checked against; made once a transaction. */
  private place = { path: '', transaction: 0, end: 0 };
  /** The record whose back pointer, or the start of whose data, comes next. */
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
    this.end = start;
    this.fields = new FieldStream(start, LONGEST_FIELD, (view, offset, position) =>
      this.takeField(view, offset, position),
    );
    this.beginTransaction(start);
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
      this.fields.push(chunk);
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
    return this.fields.jump();
  }

  finish(): ScanEnd {
    if (this.failure !== undefined) throw this.failure;
    const { tail, end, lastTid, transactions, records, warnings } = this;
    if (tail === undefined) throw shortRead(this.path, this.fields.position, this.limit);
    return { end, lastTid, transactions, records, tail, warnings };
  }

  private takeField(view: DataView, offset: number, position: number): void {
    switch (this.field) {
      case 'header':
        this.takeHeader(view, offset, position);
        break;
      case 'record':
        this.takeRecord(view, offset, position);
        break;
      case 'dataStart':
        this.takeDataStart(view, offset);
        break;
      case 'backPointer':
        this.takeBackPointer(view, offset);
        break;
      case 'redundantLength':
        this.takeRedundantLength(view, offset);
    }
  }

  private expect(field: Field, position: number, size: number): void {
    this.field = field;
    this.fields.expect(position, size);
  }

  private stop(tail: Tail): void {
    this.tail = tail;
    this.fields.stop();
  }

  private beginTransaction(position: number): void {
    this.header = undefined;
    const tail = tailWithoutHeader({ path: this.path, position, limit: this.limit });
    if (tail === undefined) this.expect('header', position, TRANSACTION_HEADER_SIZE);
    else this.stop(tail);
  }

  private takeHeader(view: DataView, offset: number, position: number): void {
    const found = readTransactionHeader(view, offset, { path: this.path, position, limit: this.limit });
    if ('tail' in found) {
      this.stop(found.tail);
      return;
    }
    const { header } = found;
    this.header = header;
    this.tidHigh = view.getUint32(offset);
    this.tidLow = view.getUint32(offset + 4);
    if (this.lastTid !== undefined && header.tid <= this.lastTid) this.warnings++;
    this.place = { path: this.path, transaction: position, end: recordsEnd(header) };
    this.visitor.transaction?.(header);
    this.expectRecord(header.status === 'undone' ? this.place.end : recordsStart(header));
  }

  /** Goes to the record at `position`, or to the second length when the records end there. */
  private expectRecord(position: number): void {
    const left = this.place.end - position;
    if (left === 0) this.expect('redundantLength', position, REDUNDANT_LENGTH_SIZE);
    else if (left < RECORD_HEADER_SIZE) throw recordsDoNotAddUp(position, this.place);
    else this.expect('record', position, RECORD_HEADER_SIZE);
  }

  private takeRecord(view: DataView, offset: number, position: number): void {
    const record = readRecordHeader(view, offset, position, this.place);
    if (!record.hasTid(this.tidHigh, this.tidLow)) this.warnings++;
    if (record.previous >= position) this.warnings++;
    if (record.dataLength === 0) {
      this.pending = record;
      this.expect('backPointer', position + RECORD_HEADER_SIZE, BACK_POINTER_SIZE);
    } else if (this.visitor.recordStart !== undefined) {
      this.pending = record;
      this.expect('dataStart', position + RECORD_HEADER_SIZE, probeSize(record));
    } else {
      this.endRecord(record);
    }
  }

  private takeDataStart(view: DataView, offset: number): void {
    const record = this.pending as ScannedRecord;
    const start = new Uint8Array(view.buffer, view.byteOffset + offset, probeSize(record));
    this.visitor.recordStart?.(record, start, this.header as TransactionHeader);
    this.endRecord(record);
  }

  private takeBackPointer(view: DataView, offset: number): void {
    const record = this.pending as ScannedRecord;
    record.backPointer = readBackPointer(view, offset, record, this.path);
    this.endRecord(record);
  }

  private endRecord(record: ScannedRecord): void {
    this.records++;
    this.visitor.record?.(record, this.header as TransactionHeader);
    this.expectRecord(recordEnd(record));
  }

  private takeRedundantLength(view: DataView, offset: number): void {
    const header = this.header as TransactionHeader;
    checkRedundantLength(view, offset, header, this.path);
    this.end = header.end;
    this.lastTid = header.tid;
    this.transactions++;
    this.visitor.transactionEnd?.(header);
    this.beginTransaction(header.end);
  }
}

function probeSize({ dataLength }: ScannedRecord): number {
  return Math.min(dataLength, BLOB_RECORD_PROBE_SIZE);
}
