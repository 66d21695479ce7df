/** A reader of pickles that hold nothing but plain data (docs/formats/filestorage-index.md, section 3). */
import { HoldfastError } from '@holdfast/errors';
import { OP } from './pickle-opcode.js';

export type PickleValue = number | null | Uint8Array | readonly PickleValue[];

/** More values than any pickle of an index holds at once. */
const MAX_STACK = 16;
/** Digits of a decimal number, and bytes of a memo key, that are looked for. */
const MAX_LINE = 32;

const MARK = Symbol('mark');
type StackItem = PickleValue | typeof MARK;

/** Reads one pickle after the other from bytes in memory. Everything wrong is `filestorage.index-unreadable`. */
export class PickleReader {
  private offset = 0;
  private stack: StackItem[] = [];

  constructor(
    private readonly bytes: Buffer,
    private readonly path: string | undefined,
  ) {}

  /** Whether all bytes were read. */
  get atEnd(): boolean {
    return this.offset === this.bytes.length;
  }

  /** The next pickle's value. Byte strings are views of the bytes given. */
  next(): PickleValue {
    this.stack = [];
    for (;;) {
      const opcode = this.uint(1);
      if (opcode === OP.stop) return this.result();
      this.run(opcode);
      if (this.stack.length > MAX_STACK) throw this.unreadable('it holds more than an index does');
    }
  }

  /** The error of a file that is not an index; `offset` is where the reader stands. */
  unreadable(what: string, offset = this.offset): HoldfastError {
    const message = `the index ${this.path ?? ''} cannot be read: ${what}`.replace('  ', ' ');
    return new HoldfastError('filestorage.index-unreadable', message, { path: this.path, offset });
  }

  private run(opcode: number): void {
    const value = this.value(opcode);
    if (value !== undefined) this.stack.push(value);
    else if (!this.skip(opcode)) {
      const hex = opcode.toString(16).padStart(2, '0');
      throw this.unreadable(`opcode 0x${hex} is none that an index has`, this.offset - 1);
    }
  }

  private value(opcode: number): StackItem | undefined {
    switch (opcode) {
      case OP.none:
        return null;
      case OP.mark:
        return MARK;
      case OP.tuple:
        return this.popToMark();
      case OP.tuple2:
        return [this.pop(), this.pop()].reverse();
      default:
        return this.integer(opcode) ?? this.byteString(opcode);
    }
  }

  private integer(opcode: number): number | undefined {
    switch (opcode) {
      case OP.binInt1:
        return this.uint(1);
      case OP.binInt2:
        return this.uint(2);
      case OP.binInt:
        return this.uint(4) | 0;
      case OP.long1:
        return this.twosComplement(this.uint(1));
      case OP.int:
      case OP.long:
        return this.decimal();
      default:
        return undefined;
    }
  }

  private byteString(opcode: number): Uint8Array | undefined {
    switch (opcode) {
      case OP.shortBinBytes:
      case OP.shortBinString:
        return this.take(this.uint(1));
      case OP.binBytes:
      case OP.binString:
        return this.take(this.uint(4));
      case OP.binBytes8:
        return this.take(this.uint(8));
      default:
        return undefined;
    }
  }

  /** Opcodes that change nothing here; false for an unknown one. */
  private skip(opcode: number): boolean {
    switch (opcode) {
      case OP.proto:
        if (this.uint(1) > 5) throw this.unreadable('its pickle protocol is unknown', this.offset - 1);
        return true;
      case OP.frame:
        this.take(8);
        return true;
      case OP.put:
        this.line();
        return true;
      case OP.binPut:
        this.take(1);
        return true;
      case OP.longBinPut:
        this.take(4);
        return true;
      default:
        return opcode === OP.memoize;
    }
  }

  private result(): PickleValue {
    const value = this.pop();
    if (this.stack.length > 0) throw this.unreadable('a pickle leaves more than one value', this.offset - 1);
    return value;
  }

  private pop(): PickleValue {
    const item = this.stack.pop();
    if (item === undefined || item === MARK) throw this.unreadable('a value is missing', this.offset - 1);
    return item;
  }

  private popToMark(): readonly PickleValue[] {
    const at = this.stack.lastIndexOf(MARK);
    if (at < 0) throw this.unreadable('a mark is missing', this.offset - 1);
    const values = this.stack.splice(at).slice(1);
    return values.filter((item): item is PickleValue => item !== MARK);
  }

  private take(length: number): Buffer {
    if (length > this.bytes.length - this.offset) throw this.unreadable('it ends too early');
    const part = this.bytes.subarray(this.offset, this.offset + length);
    this.offset += length;
    return part;
  }

  /** Little-endian and unsigned; 8 bytes above `Number.MAX_SAFE_INTEGER` come out as Infinity. */
  private uint(size: 1 | 2 | 4 | 8): number {
    const part = this.take(size);
    if (size < 8) return part.readUIntLE(0, size);
    const value = part.readBigUInt64LE();
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Number.POSITIVE_INFINITY;
  }

  private twosComplement(size: number): number {
    if (size > 8) throw this.unreadable(`a number of ${size} bytes`, this.offset - 1);
    const padded = Buffer.alloc(8);
    const part = this.take(size);
    padded.fill((part.at(-1) ?? 0) >= 0x80 ? 0xff : 0);
    padded.set(part);
    return this.safe(padded.readBigInt64LE());
  }

  private decimal(): number {
    const text = this.line();
    if (!/^-?[0-9]{1,20}L?$/.test(text)) throw this.unreadable(`a number that is none`);
    return this.safe(BigInt(text.replace('L', '')));
  }

  private safe(value: bigint): number {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw this.unreadable('a number too large');
    return number;
  }

  private line(): string {
    const end = this.bytes.subarray(this.offset, this.offset + MAX_LINE).indexOf(0x0a);
    if (end < 0) throw this.unreadable('a line does not end');
    return this.take(end + 1).toString('latin1', 0, end);
  }
}
