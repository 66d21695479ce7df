import { inflateSync } from 'node:zlib';
import { BLOB_RECORD_PROBE_SIZE, isBlobRecord } from './blob-record.js';

/** What zc.zlibstorage puts before the data that it compressed. */
const ZLIB_MARK = [0x2e, 0x7a] as const;
/** A blob's record is shorter uncompressed than the probe; more than this is none. */
const MOST_INFLATED = 1 << 12;

const PROTO = 0x80;
/** A class by name, a frame, texts: `isBlobRecord` looks more closely. */
const MAY_BEGIN: ReadonlySet<number> = new Set([0x63, 0x95, 0x8c, 0x58]);
const GLOBAL = 0x63;
const LETTER_Z = 0x5a;

/**
 * Whether data in a `Data.fs` are a blob's, also where zc.zlibstorage compressed them.
 *
 * @param start the data, or at least their first `BLOB_RECORD_PROBE_SIZE` bytes
 * @param length bytes of the data as a whole
 */
export function isBlobData(start: Uint8Array, length: number): boolean {
  if (start[0] === ZLIB_MARK[0] && start[1] === ZLIB_MARK[1]) {
    return length <= BLOB_RECORD_PROBE_SIZE && length === start.length && isBlobRecord(inflated(start));
  }
  return mayBeBlob(start) && isBlobRecord(start);
}

/** Sorts out nearly every other record by its first bytes, because all records of a storage come by here. */
function mayBeBlob(start: Uint8Array): boolean {
  const at = start[0] === PROTO ? 2 : 0;
  const opcode = start[at] ?? 0;
  return MAY_BEGIN.has(opcode) && (opcode !== GLOBAL || start[at + 1] === LETTER_Z);
}

function inflated(data: Uint8Array): Uint8Array {
  try {
    return inflateSync(data.subarray(ZLIB_MARK.length), { maxOutputLength: MOST_INFLATED });
  } catch {
    // Not zlib's, or a record of another object that inflates to much.
    return new Uint8Array(0);
  }
}
