/** Records of blobs (docs/formats/filestorage.md, section 7). */

const MODULE = 'ZODB.blob';
const CLASS = 'Blob';

/** So many first bytes of a record's data are enough for `isBlobRecord`. */
export const BLOB_RECORD_PROBE_SIZE = 64;

/** The data of a blob's record as ZODB 6 writes them. */
export function blobRecordPickle(): Buffer {
  return Buffer.from(`\x80\x03c${MODULE}\n${CLASS}\nq\x00.\x80\x03N.`, 'latin1');
}

const PROTO = '(?:\\x80[\\x02-\\x05])?';
const FRAME = '(?:\\x95[^]{8})?';
/** PUT, BINPUT, LONG_BINPUT, MEMOIZE. */
const MEMO = '(?:p[0-9]{1,9}\\n|q[^]|r[^]{4}|\\x94)?';
const GLOBAL = `c${MODULE.replace('.', '\\.')}\\n${CLASS}\\n`;
/** A text of known length in the opcodes SHORT_BINUNICODE and BINUNICODE. */
const text = (value: string) => {
  const length = `\\x${value.length.toString(16).padStart(2, '0')}`;
  return `(?:\\x8c${length}|X${length}\\x00\\x00\\x00)${value.replace('.', '\\.')}${MEMO}`;
};
const STACK_GLOBAL = `${text(MODULE)}${text(CLASS)}\\x93`;
const BLOB_CLASS = new RegExp(`^${PROTO}${FRAME}(?:${GLOBAL}|${STACK_GLOBAL})${MEMO}\\.`);

/**
 * Whether a record's data are a blob's: the first pickle is the class `ZODB.blob.Blob` itself, in any protocol.
 *
 * @param data the data, or at least their first `BLOB_RECORD_PROBE_SIZE` bytes
 */
export function isBlobRecord(data: Uint8Array): boolean {
  const probe = Buffer.from(data.buffer, data.byteOffset, Math.min(data.byteLength, BLOB_RECORD_PROBE_SIZE));
  return BLOB_CLASS.test(probe.toString('latin1'));
}
