/** The bytes of transactions and records (docs/formats/filestorage.md, sections 2 and 4). */
import {
  RECORD_FIELD,
  RECORD_HEADER_SIZE,
  REDUNDANT_LENGTH_SIZE,
  STATUS,
  TRANSACTION_FIELD,
  TRANSACTION_HEADER_SIZE,
  viewOf,
  writeNumber,
} from './format.js';
import type { Oid } from './oid.js';
import type { Tid } from './tid.js';

export interface TransactionText {
  readonly user: Buffer;
  readonly description: Buffer;
  readonly extension: Buffer;
}

/** A transaction up to its first record, with status `c` and a length of 0 that is still to be filled in. */
export function encodeTransactionStart(tid: Tid, text: TransactionText): Buffer {
  const bytes = Buffer.alloc(TRANSACTION_HEADER_SIZE);
  bytes.writeBigUInt64BE(tid);
  bytes.writeUInt8(STATUS.unfinished, TRANSACTION_FIELD.status);
  bytes.writeUInt16BE(text.user.length, TRANSACTION_FIELD.userLength);
  bytes.writeUInt16BE(text.description.length, TRANSACTION_FIELD.descriptionLength);
  bytes.writeUInt16BE(text.extension.length, TRANSACTION_FIELD.extensionLength);
  return Buffer.concat([bytes, text.user, text.description, text.extension]);
}

/** An 8-byte number: the transaction's length, both times, and back pointers. */
export function encodeNumber(value: number): Buffer {
  const bytes = Buffer.alloc(REDUNDANT_LENGTH_SIZE);
  writeNumber(viewOf(bytes), 0, value);
  return bytes;
}

export interface RecordFields {
  readonly oid: Oid;
  readonly tid: Tid;
  /** Position of the object's previous record, 0 for none. */
  readonly previous: number;
  /** Position of the transaction. */
  readonly transaction: number;
  /** 0 when a back pointer follows. */
  readonly dataLength: number;
}

/** A record up to its data or back pointer. */
export function encodeRecordHeader(fields: RecordFields): Buffer {
  const bytes = Buffer.alloc(RECORD_HEADER_SIZE);
  const view = viewOf(bytes);
  bytes.writeBigUInt64BE(fields.oid);
  bytes.writeBigUInt64BE(fields.tid, RECORD_FIELD.tid);
  writeNumber(view, RECORD_FIELD.previous, fields.previous);
  writeNumber(view, RECORD_FIELD.transaction, fields.transaction);
  writeNumber(view, RECORD_FIELD.dataLength, fields.dataLength);
  return bytes;
}
