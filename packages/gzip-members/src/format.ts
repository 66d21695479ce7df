import { crc32 } from 'node:zlib';
import { damaged } from './damaged.js';

/** Bytes of input in one member (docs/formats/gzip-members.md, 1). */
export const MEMBER_SIZE = 4 << 20;
/** The most input that a member may hold; larger sizes in a file are damage. */
export const MAX_MEMBER_SIZE = 64 << 20;
/** Bytes before the deflate stream of a Holdfast member. */
export const HEADER_SIZE = 20;
/** CRC-32 and size of the input, after the deflate stream. */
const TRAILER_SIZE = 8;
/** Enough bytes of a member's beginning for `parseMemberHeader`: a longer header is refused as damage. */
export const HEADER_LIMIT = 4096;

/** An empty piece: header, two bytes of deflate, trailer. */
const SMALLEST_MEMBER = 30;
/** Deflate cannot expand a byte to more than this. */
const LARGEST_EXPANSION = 1032;
/** Bytes 0 to 15 of every Holdfast member; the size of the member follows (docs/formats/gzip-members.md, 2). */
const FIXED_HEADER = Buffer.from('1f8b0804' + '00000000' + '00ff' + '0800' + '4846' + '0400', 'hex');

const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;
const RESERVED = 0xe0;

/** Writes the 20 bytes of header over the beginning of `member`, whose length is the size it names. */
export function writeHeader(member: Buffer): void {
  FIXED_HEADER.copy(member, 0);
  member.writeUInt32LE(member.length, FIXED_HEADER.length);
}

/**
 * Checks all that can be checked of a Holdfast member before a byte is decompressed or a buffer is made:
 * the header, both sizes.
 */
export function checkMember(member: Buffer, rawSize: number): void {
  if (member.length < SMALLEST_MEMBER) throw damaged(`a member has ${member.length} bytes only`);
  if (!member.subarray(0, FIXED_HEADER.length).equals(FIXED_HEADER))
    throw damaged('a member does not begin with the header of a Holdfast member');
  const memberSize = member.readUInt32LE(FIXED_HEADER.length);
  if (memberSize !== member.length)
    throw damaged(`a member says it has ${memberSize} bytes where it has ${member.length}`);
  const size = member.readUInt32LE(member.length - 4);
  if (size !== rawSize) throw damaged(`a member says it holds ${size} bytes where ${rawSize} are recorded`);
  if (size > MAX_MEMBER_SIZE || size > member.length * LARGEST_EXPANSION)
    throw damaged(`a member of ${member.length} bytes cannot hold ${size}`);
}

/** The size of the input of a whole Holdfast member, as its trailer says; believed by nobody before `checkMember`. */
export function rawSizeOf(member: Uint8Array): number {
  if (member.length < SMALLEST_MEMBER) throw damaged(`a member has ${member.length} bytes only`);
  return asBuffer(member).readUInt32LE(member.length - 4);
}

export interface MemberHeader {
  /** Bytes before the deflate stream. */
  readonly headerSize: number;
  /** Bytes of the whole member from subfield `HF`; undefined for a member that another program wrote. */
  readonly memberSize: number | undefined;
}

/**
 * Reads the header at the beginning of any gzip member (RFC 1952, 2.3), with the optional fields that other
 * programs write. `bytes` is the member's beginning: at least HEADER_LIMIT bytes, or all there are.
 * `gzip.damaged` for anything else, with the offset from the beginning of the member.
 */
export function parseMemberHeader(bytes: Uint8Array): MemberHeader {
  const header = asBuffer(bytes).subarray(0, HEADER_LIMIT);
  need(header, 10);
  if (header[0] !== 0x1f || header[1] !== 0x8b) throw damaged('a gzip member does not begin with 1f 8b', 0);
  if (header[2] !== 8) throw damaged(`a gzip member has the unknown method ${header[2]}`, 2);
  const flags = header[3]!;
  if ((flags & RESERVED) !== 0) throw damaged('a gzip member has reserved flags', 3);

  let at = 10;
  let memberSize: number | undefined;
  if ((flags & FEXTRA) !== 0) {
    need(header, at + 2);
    const end = at + 2 + header.readUInt16LE(at);
    need(header, end);
    memberSize = sizeSubfield(header.subarray(at + 2, end));
    at = end;
  }
  if ((flags & FNAME) !== 0) at = afterText(header, at);
  if ((flags & FCOMMENT) !== 0) at = afterText(header, at);
  if ((flags & FHCRC) !== 0) {
    need(header, at + 2);
    if ((crc32(header.subarray(0, at)) & 0xffff) !== header.readUInt16LE(at))
      throw damaged('the header of a gzip member does not match its checksum', at);
    at += 2;
  }
  if (memberSize !== undefined && memberSize < at + 2 + TRAILER_SIZE)
    throw damaged(`a gzip member says it has ${memberSize} bytes, less than any can have`, 16);
  return { headerSize: at, memberSize };
}

/** Looks for `HF` among the subfields; other programs' ones are passed over, also broken ones. */
function sizeSubfield(extra: Buffer): number | undefined {
  let at = 0;
  while (at + 4 <= extra.length) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) return undefined;
    if (extra[at] === 0x48 && extra[at + 1] === 0x46 && end === at + 8) return extra.readUInt32LE(at + 4);
    at = end;
  }
  return undefined;
}

function afterText(header: Buffer, start: number): number {
  const end = header.indexOf(0, start);
  if (end < 0) throw damaged('the header of a gzip member does not end', header.length);
  return end + 1;
}

function need(header: Buffer, length: number): void {
  if (header.length >= length) return;
  const reason = header.length === HEADER_LIMIT ? `is longer than ${HEADER_LIMIT} bytes` : 'is cut off';
  throw damaged(`the header of a gzip member ${reason}`, header.length);
}

/** The same bytes as a Buffer, not copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
