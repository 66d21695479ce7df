/** Constants and fields of the FileStorage format (docs/formats/filestorage.md). */

/** What ZODB on Python 3 writes (section 1). */
export const MAGIC_FS30 = 'FS30';
/** What ZODB on Python 2 wrote (section 1). */
export const MAGIC_FS21 = 'FS21';

export type Magic = typeof MAGIC_FS30 | typeof MAGIC_FS21;

/** Bytes of the magic, and so the position of the first transaction (section 1). */
export const HEADER_SIZE = 4;
/** Bytes before a transaction's user (section 2). */
export const TRANSACTION_HEADER_SIZE = 23;
/** Bytes of the second length, after a transaction's records (section 2). */
export const REDUNDANT_LENGTH_SIZE = 8;
/** Bytes before a record's data or back pointer (section 4). */
export const RECORD_HEADER_SIZE = 42;
/** Bytes of a back pointer (section 4). */
export const BACK_POINTER_SIZE = 8;

/** Status bytes (section 3). */
export const STATUS = { done: 0x20, packed: 0x70, undone: 0x75, unfinished: 0x63 } as const;

/** Offsets in a transaction (section 2). */
export const TRANSACTION_FIELD = {
  length: 8,
  status: 16,
  userLength: 17,
  descriptionLength: 19,
  extensionLength: 21,
} as const;

/** Offsets in a data record (section 4). */
export const RECORD_FIELD = {
  tid: 8,
  previous: 16,
  transaction: 24,
  versionLength: 32,
  dataLength: 34,
} as const;

const TWO_32 = 2 ** 32;
const MAX_SAFE_HIGH = 0x1fffff;

/** An 8-byte number; Infinity where it is above `Number.MAX_SAFE_INTEGER`, so that every comparison with a size holds. */
export function readNumber(view: DataView, offset: number): number {
  const high = view.getUint32(offset);
  return high > MAX_SAFE_HIGH ? Number.POSITIVE_INFINITY : high * TWO_32 + view.getUint32(offset + 4);
}

/** Writes a number of at most `Number.MAX_SAFE_INTEGER` into 8 bytes. */
export function writeNumber(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, Math.floor(value / TWO_32));
  view.setUint32(offset + 4, value % TWO_32);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
