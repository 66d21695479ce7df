/** Transaction files (docs/formats/directorystorage.md, section 4). */
import { hexAt, isNoMd5, matchesMd5, md5 } from './object-file.js';

const MAGIC = 0x47400776;
const AT = { magic: 0, length: 4, tid: 8, reserved: 16, previous: 24, md5: 32, lengths: 48 } as const;
const TRANSACTION_HEADER_SIZE = 60;

export type TransactionFileFault = 'short' | 'magic' | 'tid' | 'length' | 'reserved' | 'md5' | 'blocks';

/** Compares a file with the tid in its name, its length, its reserved bytes and its checksum; undefined when all is well. */
export function transactionFileFault(bytes: Buffer, tid: string): TransactionFileFault | undefined {
  if (bytes.length < TRANSACTION_HEADER_SIZE) return 'short';
  if (bytes.readUInt32BE(AT.magic) !== MAGIC) return 'magic';
  if (hexAt(bytes, AT.tid) !== tid) return 'tid';
  if (bytes.readUInt32BE(AT.length) !== bytes.length) return 'length';
  if (bytes.readBigUInt64BE(AT.reserved) !== 0n) return 'reserved';
  if (hasTransactionChecksum(bytes) && !matchesMd5(bytes, AT.md5, AT.lengths)) return 'md5';
  const { end, oids, oidsLength } = blocksOf(bytes);
  return end === bytes.length && oids + oidsLength <= end && oidsLength % 8 === 0 ? undefined : 'blocks';
}

export function hasTransactionChecksum(bytes: Buffer): boolean {
  return !isNoMd5(bytes, AT.md5);
}

/** Tid of the transaction before this one; zeros in the first. */
export function previousTransaction(bytes: Buffer): string {
  return hexAt(bytes, AT.previous);
}

/** The oids that the transaction wrote, of a file without a fault. */
export function* transactionOids(bytes: Buffer): Generator<string> {
  const { oids, oidsLength } = blocksOf(bytes);
  for (let at = oids; at < oids + oidsLength; at += 8) yield hexAt(bytes, at);
}

/** The same, each as its two halves of 32 bits. */
export function forEachOid(bytes: Buffer, visit: (high: number, low: number) => void): void {
  const { oids, oidsLength } = blocksOf(bytes);
  for (let at = oids; at < oids + oidsLength; at += 8)
    visit(bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4));
}

function blocksOf(bytes: Buffer) {
  const user = bytes.readUInt16BE(AT.lengths);
  const description = bytes.readUInt16BE(AT.lengths + 2);
  const extension = bytes.readUInt16BE(AT.lengths + 4);
  const oidsLength = bytes.readUInt32BE(AT.lengths + 6);
  const version = bytes.readUInt16BE(AT.lengths + 10);
  const oids = TRANSACTION_HEADER_SIZE + user + description + extension;
  return { oids, oidsLength, end: oids + oidsLength + version };
}

export interface TransactionFileFields {
  readonly tid: string;
  readonly previous: string;
  readonly oids: readonly string[];
  readonly user?: string;
  readonly description?: string;
  /** Default: true. */
  readonly checksum?: boolean;
}

export function encodeTransactionFile(fields: TransactionFileFields): Buffer {
  const user = Buffer.from(fields.user ?? '');
  const description = Buffer.from(fields.description ?? '');
  const oids = Buffer.from(fields.oids.join(''), 'hex');
  const head = Buffer.alloc(TRANSACTION_HEADER_SIZE);
  const bytes = Buffer.concat([head, user, description, oids]);
  bytes.writeUInt32BE(MAGIC, AT.magic);
  bytes.writeUInt32BE(bytes.length, AT.length);
  bytes.write(fields.tid, AT.tid, 'hex');
  bytes.write(fields.previous, AT.previous, 'hex');
  bytes.writeUInt16BE(user.length, AT.lengths);
  bytes.writeUInt16BE(description.length, AT.lengths + 2);
  bytes.writeUInt32BE(oids.length, AT.lengths + 6);
  if (fields.checksum !== false) bytes.set(md5(bytes.subarray(AT.lengths)), AT.md5);
  return bytes;
}
