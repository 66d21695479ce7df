import { viewOf } from './format.js';

/** Takes the `size` bytes at `offset` of `view`, which stand at `position` in the file; then it calls `expect` or `stop`. */
export type FieldReceiver = (view: DataView, offset: number, position: number) => void;

/**
 * Finds fields in bytes that stream by in pieces of any size. What lies between the fields is stepped over; nothing
 * is copied but a field that straddles two pieces.
 */
export class FieldStream {
  /** Position in the file of the next byte. */
  private at: number;
  private fieldPosition: number;
  /** Bytes of the field; 0 when no more is wanted. */
  private fieldSize = 0;
  private readonly carry: Buffer;
  private readonly carryView: DataView;

  /**
   * @param start position in the file of the first byte
   * @param maxSize of a field
   */
  constructor(
    start: number,
    maxSize: number,
    private readonly receive: FieldReceiver,
  ) {
    this.at = start;
    this.fieldPosition = start;
    this.carry = Buffer.alloc(maxSize);
    this.carryView = viewOf(this.carry);
  }

  /** Position in the file of the next byte that `push` takes. */
  get position(): number {
    return this.at;
  }

  /** The next field; `position` is not before the end of the last one. */
  expect(position: number, size: number): void {
    this.fieldPosition = position;
    this.fieldSize = size;
  }

  /** Ignores what comes from now on. */
  stop(): void {
    this.fieldSize = 0;
  }

  push(chunk: Uint8Array): void {
    const view = viewOf(chunk);
    const { length } = chunk;
    let offset = 0;
    while (offset < length && this.fieldSize > 0) {
      const before = this.fieldPosition - this.at;
      if (before > 0) {
        const count = Math.min(before, length - offset);
        this.at += count;
        offset += count;
      } else if (before === 0 && length - offset >= this.fieldSize) {
        const start = offset;
        this.at += this.fieldSize;
        offset += this.fieldSize;
        this.receive(view, start, this.fieldPosition);
      } else {
        offset += this.takePart(chunk.subarray(offset));
      }
    }
  }

  /** Steps over the bytes before the next field as if they had been pushed; how many they are. */
  jump(): number {
    const count = this.fieldSize > 0 ? Math.max(0, this.fieldPosition - this.at) : 0;
    this.at += count;
    return count;
  }

  /** Adds to a field that straddles pieces; the number of bytes used. */
  private takePart(rest: Uint8Array): number {
    const have = this.at - this.fieldPosition;
    const part = rest.subarray(0, this.fieldSize - have);
    this.carry.set(part, have);
    this.at += part.length;
    if (have + part.length === this.fieldSize) this.receive(this.carryView, 0, this.fieldPosition);
    return part.length;
  }
}
