/** The header of a transaction (docs/formats/filestorage.md, sections 2 and 3). */
import { damaged } from './damage.js';
import {
  REDUNDANT_LENGTH_SIZE,
  readNumber,
  STATUS,
  TRANSACTION_FIELD,
  TRANSACTION_HEADER_SIZE,
} from './format.js';
import { joinTid } from './oid.js';
import type { Tid } from './tid.js';

/** The statuses of a whole transaction: `' '`, `'p'`, `'u'` (section 3). */
export type TransactionStatus = 'done' | 'packed' | 'undone';

export interface TransactionHeader {
  readonly tid: Tid;
  /** Of its first byte in the file. */
  readonly position: number;
  /** First byte after the transaction. */
  readonly end: number;
  readonly status: TransactionStatus;
  /** Bytes. */
  readonly userLength: number;
  readonly descriptionLength: number;
  readonly extensionLength: number;
}

/** What follows the last whole transaction (section 3). */
export interface Tail {
  /** `none`: nothing. `unfinished`: a commit that was not finished (yet). `truncated`: a finished one that is cut short. */
  readonly kind: 'none' | 'unfinished' | 'truncated';
  /** First byte of it; the end of the last whole transaction. */
  readonly position: number;
  /** From there to the limit. */
  readonly bytes: number;
}

/** Where a header stands. */
export interface Place {
  readonly path: string;
  /** Of the transaction. */
  readonly position: number;
  /** Bytes of the file that count. */
  readonly limit: number;
}

/** A file system can leave zeros at the end of a file that grew just before a power failure. */
const ZEROS_HINT =
  'Zeros stand here, as a power failure can leave them at the end of a file. ' +
  'If nothing else follows, starting ZODB once cuts them off, and saves them in Data.fs.tr0.';

/** What stands at the position of a transaction when fewer bytes than a header are left there; else undefined. */
export function tailWithoutHeader({ position, limit }: Place): Tail | undefined {
  const bytes = limit - position;
  if (bytes >= TRANSACTION_HEADER_SIZE) return undefined;
  return { kind: bytes === 0 ? 'none' : 'unfinished', position, bytes };
}

/**
 * Reads the 23 bytes at `offset` of `view`: a whole transaction's header, or the tail.
 * Throws `filestorage.damaged` for what is neither.
 */
export function readTransactionHeader(
  view: DataView,
  offset: number,
  place: Place,
): { readonly header: TransactionHeader } | { readonly tail: Tail } {
  const { path, position, limit } = place;
  const code = view.getUint8(offset + TRANSACTION_FIELD.status);
  if (code === STATUS.unfinished) return { tail: tail('unfinished', place) };
  const status = statusOf(code);
  if (status === undefined) throw unknownStatus(code, isZero(view, offset), place);
  const length = readNumber(view, offset + TRANSACTION_FIELD.length);
  const userLength = view.getUint16(offset + TRANSACTION_FIELD.userLength);
  const descriptionLength = view.getUint16(offset + TRANSACTION_FIELD.descriptionLength);
  const extensionLength = view.getUint16(offset + TRANSACTION_FIELD.extensionLength);
  if (length < TRANSACTION_HEADER_SIZE + userLength + descriptionLength + extensionLength) {
    const what = `the transaction's length ${length} is less than its header needs`;
    throw damaged(path, position + TRANSACTION_FIELD.length, position, what);
  }
  const end = position + length + REDUNDANT_LENGTH_SIZE;
  if (end > limit) return { tail: tail('truncated', place) };
  const tid = joinTid(view.getUint32(offset), view.getUint32(offset + 4));
  return { header: { tid, position, end, status, userLength, descriptionLength, extensionLength } };
}

/** First byte after user, description and extension. */
export function recordsStart(header: TransactionHeader): number {
  const { position, userLength, descriptionLength, extensionLength } = header;
  return position + TRANSACTION_HEADER_SIZE + userLength + descriptionLength + extensionLength;
}

/** First byte after the records: that of the second length. */
export function recordsEnd(header: TransactionHeader): number {
  return header.end - REDUNDANT_LENGTH_SIZE;
}

/** Compares the second length, the 8 bytes at `offset` of `view`, with the first. */
export function checkRedundantLength(
  view: DataView,
  offset: number,
  header: TransactionHeader,
  path: string,
): void {
  const found = readNumber(view, offset);
  const at = recordsEnd(header);
  if (found === at - header.position) return;
  const what = `the second length of the transaction is ${found}, the first ${at - header.position}`;
  throw damaged(path, at, header.position, what);
}

function tail(kind: 'unfinished' | 'truncated', { position, limit }: Place): Tail {
  return { kind, position, bytes: limit - position };
}

function unknownStatus(code: number, zero: boolean, { path, position }: Place): Error {
  const what = `status 0x${code.toString(16).padStart(2, '0')} is not one a transaction can have`;
  return damaged(path, position + TRANSACTION_FIELD.status, position, what, zero ? ZEROS_HINT : undefined);
}

function isZero(view: DataView, offset: number): boolean {
  for (let i = 0; i < TRANSACTION_HEADER_SIZE; i++) if (view.getUint8(offset + i) !== 0) return false;
  return true;
}

function statusOf(code: number): TransactionStatus | undefined {
  if (code === STATUS.done) return 'done';
  if (code === STATUS.packed) return 'packed';
  return code === STATUS.undone ? 'undone' : undefined;
}
