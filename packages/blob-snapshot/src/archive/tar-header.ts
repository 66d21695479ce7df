import { HoldfastError } from '@holdfast/errors';

/**
 * Headers of tar members in the old GNU format (docs/formats/blob-archives.md, "Headers"): 512 bytes; texts end with
 * NUL; numbers are octal text, or base-256 with the highest bit set where octal digits do not suffice.
 */
export const BLOCK = 512;

export interface TarFields {
  /** As it stands in the archive: `./0x00/`. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'dumpdir' | 'long-name';
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Milliseconds since 1970; tar keeps whole seconds. */
  readonly mtimeMs: number;
}

/** A header as it stands there, before long names and pax records are applied. */
export interface RawHeader {
  readonly name: Buffer;
  readonly linkName: Buffer;
  /** The type flag, one character; `0` also for the old NUL. */
  readonly type: string;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

const TYPE_FLAGS = { file: '0', directory: '5', dumpdir: 'D', 'long-name': 'L' } as const;
const LONGEST_NAME = 100;
const GNU_MAGIC = 'ustar  \0';
const CHECKSUM = { at: 148, length: 8 } as const;

/** The header of a member, with a long-name member before it where the name needs one. */
export function encodeHeader(fields: TarFields): Buffer {
  const name = Buffer.from(fields.name);
  if (name.length <= LONGEST_NAME) return encodeBlock(fields, name);
  const text = Buffer.concat([name, Buffer.of(0)]);
  const link = {
    ...fields,
    type: 'long-name',
    size: text.length,
    mode: 0,
    uid: 0,
    gid: 0,
    mtimeMs: 0,
  } as const;
  return Buffer.concat([
    encodeBlock(link, Buffer.from('././@LongLink')),
    text,
    padding(text.length),
    encodeBlock(fields, name.subarray(0, LONGEST_NAME)),
  ]);
}

/** The zeros after so many bytes of content. */
export function padding(size: number): Buffer {
  return Buffer.alloc(paddingLength(size));
}

export function paddingLength(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function encodeBlock(fields: TarFields, name: Buffer): Buffer {
  const block = Buffer.alloc(BLOCK);
  name.copy(block, 0);
  writeNumber(block, 100, 8, fields.mode);
  writeNumber(block, 108, 8, fields.uid);
  writeNumber(block, 116, 8, fields.gid);
  writeNumber(block, 124, 12, fields.size);
  writeNumber(block, 136, 12, Math.floor(fields.mtimeMs / 1000));
  block.write(TYPE_FLAGS[fields.type], 156, 'latin1');
  block.write(GNU_MAGIC, 257, 'latin1');
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, CHECKSUM.at, 'latin1');
  return block;
}

function writeNumber(block: Buffer, at: number, length: number, value: number): void {
  const digits = value < 0 ? '' : value.toString(8);
  if (value >= 0 && digits.length < length) {
    block.write(digits.padStart(length - 1, '0'), at, 'latin1');
    return;
  }
  let rest = BigInt(value);
  for (let index = at + length - 1; index > at; index--) {
    block[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  block[at] = value < 0 ? 0xff : 0x80;
}

/**
 * @param path of the archive, @param offset of the block in it (uncompressed)
 * @returns undefined for a block of zeros: the end of the archive
 * @throws HoldfastError `blobs.damaged`
 */
export function decodeHeader(block: Buffer, path: string, offset: number): RawHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const fail = (what: string) =>
    new HoldfastError('blobs.damaged', `the archive ${path} is damaged: ${what}`, { path, offset });
  const number = (at: number, length: number, what: string): number => {
    const value = readNumber(block.subarray(at, at + length));
    if (value === undefined) throw fail(`a header has no valid ${what}`);
    return value;
  };
  if (number(CHECKSUM.at, CHECKSUM.length, 'checksum') !== checksumOf(block))
    throw fail('the checksum of a header does not match');
  const size = number(124, 12, 'size');
  if (size < 0) throw fail('a header has no valid size');
  const flag = String.fromCharCode(block[156]!);
  return {
    name: nameOf(block),
    linkName: cString(block, 157, 100),
    type: flag === '\0' || flag === '7' ? '0' : flag,
    size,
    mode: number(100, 8, 'mode'),
    uid: number(108, 8, 'owner'),
    gid: number(116, 8, 'group'),
    mtime: number(136, 12, 'time'),
  };
}

/** POSIX puts the beginning of a long name into a field of its own; GNU keeps other things there. */
function nameOf(block: Buffer): Buffer {
  const name = cString(block, 0, 100);
  if (block.toString('latin1', 257, 263) !== 'ustar\0' || block[345] === 0) return name;
  return Buffer.concat([cString(block, 345, 155), Buffer.from('/'), name]);
}

function cString(block: Buffer, at: number, length: number): Buffer {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  // The caller's buffer is used again.
  return Buffer.from(end === -1 ? field : field.subarray(0, end));
}

function checksumOf(block: Buffer): number {
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) {
    sum += at >= CHECKSUM.at && at < CHECKSUM.at + CHECKSUM.length ? 0x20 : block[at]!;
  }
  return sum;
}

/** Undefined where the field is no number, or one that is too large to count with. */
function readNumber(field: Buffer): number | undefined {
  const first = field[0]!;
  if (first === 0x80 || first === 0xff) {
    let value = first === 0xff ? -1n : 0n;
    for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : undefined;
  }
  const text = field.toString('latin1').replace(/[\0 ].*$/s, (rest) => (/^[\0 ]*$/.test(rest) ? '' : rest));
  const digits = text.trimStart();
  if (digits === '') return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}
