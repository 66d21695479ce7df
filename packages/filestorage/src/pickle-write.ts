/** The values of an index file as pickles of protocol 3 without memo (docs/formats/filestorage-index.md, section 2). */
import { OP } from './pickle-opcode.js';

const PROTO_3 = Buffer.from([OP.proto, 3]);
const STOP = Buffer.from([OP.stop]);

export function pickleInteger(value: number): Buffer {
  return Buffer.concat([PROTO_3, integer(value), STOP]);
}

/** @param first, second values made by `pickleBytes` */
export function pickleTuple2(first: readonly Buffer[], second: readonly Buffer[]): Buffer {
  return Buffer.concat([PROTO_3, ...first, ...second, Buffer.from([OP.tuple2]), STOP]);
}

export function pickleNone(): Buffer {
  return Buffer.concat([PROTO_3, Buffer.from([OP.none]), STOP]);
}

/** A value for `pickleTuple2`: opcode and length, then the bytes themselves. */
export function pickleBytes(bytes: Buffer): readonly Buffer[] {
  if (bytes.length <= 0xff) return [Buffer.from([OP.shortBinBytes, bytes.length]), bytes];
  const head = Buffer.alloc(5);
  head[0] = OP.binBytes;
  head.writeUInt32LE(bytes.length, 1);
  return [head, bytes];
}

function integer(value: number): Buffer {
  if (value <= 0xff) return Buffer.from([OP.binInt1, value]);
  if (value <= 0xffff) return Buffer.from([OP.binInt2, value & 0xff, value >> 8]);
  if (value > 0x7fffffff) return long1(value);
  const bytes = Buffer.alloc(5);
  bytes[0] = OP.binInt;
  bytes.writeUInt32LE(value, 1);
  return bytes;
}

/** Two's complement: the top bit of a positive number's last byte is 0. */
function long1(value: number): Buffer {
  const digits: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 0x100)) digits.push(rest % 0x100);
  if ((digits.at(-1) as number) >= 0x80) digits.push(0);
  return Buffer.from([OP.long1, digits.length, ...digits]);
}
