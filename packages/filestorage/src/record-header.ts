/** The header of a data record (docs/formats/filestorage.md, section 4). */
import { damaged } from './damage.js';
import { BACK_POINTER_SIZE, RECORD_FIELD, RECORD_HEADER_SIZE, readNumber } from './format.js';
import { joinOid, joinTid, type Oid } from './oid.js';
import type { Tid } from './tid.js';

export interface RecordHeader {
  /** Upper 48 bits of the oid. */
  readonly oidPrefix: number;
  /** Lower 16 bits of the oid. */
  readonly oidSuffix: number;
  /** The whole oid; made anew at every call. */
  readonly oid: Oid;
  /** Made anew at every call. */
  readonly tid: Tid;
  /** Of the record's first byte in the file. */
  readonly position: number;
  /** Position of the object's previous record, 0 for none; not believed (Infinity when it is no possible position). */
  readonly previous: number;
  /** Position of the transaction. */
  readonly transaction: number;
  /** Bytes of data; 0 where a back pointer stands instead. */
  readonly dataLength: number;
  /**
   * Defined where `dataLength` is 0: position of the earlier record whose data counts here too;
   * 0 when the object's creation was undone or it was deleted.
   */
  readonly backPointer: number | undefined;
}

/** The fields as numbers, because a BigInt for every record would cost more than the scan itself. */
export class ScannedRecord implements RecordHeader {
  backPointer: number | undefined = undefined;

  constructor(
    readonly oidPrefix: number,
    readonly oidSuffix: number,
    private readonly tidHigh: number,
    private readonly tidLow: number,
    readonly position: number,
    readonly previous: number,
    readonly transaction: number,
    readonly dataLength: number,
  ) {}

  get oid(): Oid {
    return joinOid(this.oidPrefix, this.oidSuffix);
  }

  get tid(): Tid {
    return joinTid(this.tidHigh, this.tidLow);
  }

  hasTid(high: number, low: number): boolean {
    return this.tidHigh === high && this.tidLow === low;
  }
}

/** Where a record stands. */
export interface RecordPlace {
  readonly path: string;
  /** Position of the transaction, which the record must name. */
  readonly transaction: number;
  /** First byte after the transaction's records. */
  readonly end: number;
}

/** Reads the 42 bytes at `offset` of `view`, which stand at `position` in the file. A back pointer is read by `readBackPointer`. */
export function readRecordHeader(
  view: DataView,
  offset: number,
  position: number,
  place: RecordPlace,
): ScannedRecord {
  const record = new ScannedRecord(
    view.getUint32(offset) * 0x10000 + view.getUint16(offset + 4),
    view.getUint16(offset + 6),
    view.getUint32(offset + RECORD_FIELD.tid),
    view.getUint32(offset + RECORD_FIELD.tid + 4),
    position,
    readNumber(view, offset + RECORD_FIELD.previous),
    readNumber(view, offset + RECORD_FIELD.transaction),
    readNumber(view, offset + RECORD_FIELD.dataLength),
  );
  const wrong =
    record.transaction !== place.transaction ||
    view.getUint16(offset + RECORD_FIELD.versionLength) !== 0 ||
    recordEnd(record) > place.end;
  if (wrong) throw recordDamage(record, view.getUint16(offset + RECORD_FIELD.versionLength), place);
  return record;
}

/** First byte after a record. */
export function recordEnd(record: RecordHeader): number {
  return record.position + RECORD_HEADER_SIZE + (record.dataLength || BACK_POINTER_SIZE);
}

/** Reads the 8 bytes at `offset` of `view` as the record's back pointer. */
export function readBackPointer(view: DataView, offset: number, record: RecordHeader, path: string): number {
  const target = readNumber(view, offset);
  if (target < record.position) return target;
  const what = `the back pointer ${target} does not lead backward`;
  throw damaged(path, record.position + RECORD_HEADER_SIZE, record.transaction, what);
}

/** The error of records that leave fewer bytes in their transaction than a record has. */
export function recordsDoNotAddUp(position: number, place: RecordPlace): Error {
  const what = `${place.end - position} bytes are left after the last record of the transaction`;
  return damaged(place.path, position, place.transaction, what);
}

function recordDamage(record: ScannedRecord, versionLength: number, place: RecordPlace): Error {
  const { path, transaction } = place;
  const at = (field: number, what: string) => damaged(path, record.position + field, transaction, what);
  if (record.transaction !== transaction) {
    const what = `the record names a transaction at ${record.transaction} but stands in the one at ${transaction}`;
    return at(RECORD_FIELD.transaction, what);
  }
  if (versionLength !== 0)
    return at(RECORD_FIELD.versionLength, `the record has a version length of ${versionLength}`);
  return at(
    RECORD_FIELD.dataLength,
    `the record's data length ${record.dataLength} leads beyond its transaction`,
  );
}
