/** Object files: one revision of one object (docs/formats/directorystorage.md, section 4). */
import { hash } from 'node:crypto';
import { HoldfastError } from '@holdfast/errors';

export const OBJECT_HEADER_SIZE = 72;
const MAGIC = 0xbdb82a71;
/** The magic of the old form of `o<OID>.c`, before its serial. */
const CURRENT_MAGIC = 0x0bfee8ec;
const CHECKSUMMED_FROM = 56;

/** Offsets of the 8-byte fields; all numbers are big-endian. */
const AT = {
  magic: 0,
  length: 4,
  oid: 8,
  undoneFrom: 16,
  reserved: 24,
  md5: 40,
  previous: 56,
  serial: 64,
} as const;

const MD5_SIZE = 16;
const NO_MD5 = Buffer.alloc(MD5_SIZE);

/** What is wrong with a file by itself; the first that is found, as everything after it may be nonsense. */
export type ObjectFileFault =
  | 'short'
  | 'magic'
  | 'length'
  | 'oid'
  | 'undo-pointer'
  | 'reserved'
  | 'md5'
  | 'serial';

export interface ObjectFileIdentity {
  /** 16 upper-case hex digits. */
  readonly oid: string;
  /** As the name has it; undefined in a Minimal storage, whose names have none. */
  readonly tid: string | undefined;
}

/** Compares a file with its name, its length and its checksum; undefined when all is well. */
export function objectFileFault(
  bytes: Buffer,
  { oid, tid }: ObjectFileIdentity,
): ObjectFileFault | undefined {
  if (bytes.length < OBJECT_HEADER_SIZE) return 'short';
  if (bytes.readUInt32BE(AT.magic) !== MAGIC) return 'magic';
  if (bytes.readUInt32BE(AT.length) !== bytes.length) return 'length';
  if (hexAt(bytes, AT.oid) !== oid) return 'oid';
  const serial = hexAt(bytes, AT.serial);
  if (!isZero(bytes, AT.undoneFrom, 8) && hexAt(bytes, AT.undoneFrom) >= (tid ?? serial))
    return 'undo-pointer';
  if (!isZero(bytes, AT.reserved, 16)) return 'reserved';
  if (hasChecksum(bytes) && !matchesMd5(bytes, AT.md5, CHECKSUMMED_FROM)) return 'md5';
  return tid !== undefined && serial !== tid ? 'serial' : undefined;
}

export function hasChecksum(bytes: Buffer): boolean {
  return !isZero(bytes, AT.md5, MD5_SIZE);
}

/** Serial of the revision before this one; zeros in the first. */
export function previousSerial(bytes: Buffer): string {
  return hexAt(bytes, AT.previous);
}

export function ownSerial(bytes: Buffer): string {
  return hexAt(bytes, AT.serial);
}

/** The record's data; empty when the creation of the object was undone. */
export function objectData(bytes: Buffer): Buffer {
  return bytes.subarray(OBJECT_HEADER_SIZE);
}

export interface ObjectFileFields {
  readonly oid: string;
  readonly tid: string;
  readonly previous: string;
  readonly data: Uint8Array;
  /** Default: zeros. */
  readonly undoneFrom?: string;
  /** Default: true. */
  readonly checksum?: boolean;
}

export function encodeObjectFile(fields: ObjectFileFields): Buffer {
  const bytes = Buffer.alloc(OBJECT_HEADER_SIZE + fields.data.length);
  bytes.writeUInt32BE(MAGIC, AT.magic);
  bytes.writeUInt32BE(bytes.length, AT.length);
  bytes.write(fields.oid, AT.oid, 'hex');
  if (fields.undoneFrom !== undefined) bytes.write(fields.undoneFrom, AT.undoneFrom, 'hex');
  bytes.write(fields.previous, AT.previous, 'hex');
  bytes.write(fields.tid, AT.serial, 'hex');
  bytes.set(fields.data, OBJECT_HEADER_SIZE);
  if (fields.checksum !== false) bytes.set(md5(bytes.subarray(CHECKSUMMED_FROM)), AT.md5);
  return bytes;
}

export type CurrentFile =
  | { readonly serial: string; readonly old: boolean }
  | { readonly fault: 'length' | 'magic' };

/** The content of `o<OID>.c`: 8 bytes, or 12 in the old form. */
export function parseCurrent(bytes: Buffer): CurrentFile {
  if (bytes.length === 8) return { serial: hexAt(bytes, 0), old: false };
  if (bytes.length !== 12) return { fault: 'length' };
  return bytes.readUInt32BE(0) === CURRENT_MAGIC
    ? { serial: hexAt(bytes, 4), old: true }
    : { fault: 'magic' };
}

/** The 8 bytes of `x.oid`, `x.serial` and `x.packed`. @throws HoldfastError `directorystorage.damaged` */
export function parseRoot(bytes: Buffer, path: string): string {
  if (bytes.length === 8) return hexAt(bytes, 0);
  const message = `${path} has ${bytes.length} bytes instead of 8`;
  throw new HoldfastError('directorystorage.damaged', message, { path });
}

/** 8 bytes as 16 upper-case hex digits: in this form they compare as the numbers that they are. */
export function hexAt(bytes: Buffer, offset: number): string {
  return bytes.toString('hex', offset, offset + 8).toUpperCase();
}

function isZero(bytes: Buffer, offset: number, length: number): boolean {
  for (let at = offset; at < offset + length; at++) if (bytes[at] !== 0) return false;
  return true;
}

/** Whether the 16 bytes at `offset` are the MD5 of what begins at `from`. */
export function matchesMd5(bytes: Buffer, offset: number, from: number): boolean {
  return hash('md5', bytes.subarray(from), 'hex') === bytes.toString('hex', offset, offset + MD5_SIZE);
}

export function md5(bytes: Uint8Array): Buffer {
  return hash('md5', bytes, 'buffer');
}

export function isNoMd5(bytes: Buffer, offset: number): boolean {
  return NO_MD5.equals(bytes.subarray(offset, offset + MD5_SIZE));
}
