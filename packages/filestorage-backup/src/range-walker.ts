import { HoldfastError } from '@holdfast/errors';
import { HEADER_SIZE, type ScanVisitor, TransactionScanner } from '@holdfast/filestorage';

/** Scans the bytes of one data file; they must be whole transactions to the last byte. */
export class RangeWalker {
  readonly #scanner: TransactionScanner;
  #size = 0;

  constructor(
    private readonly name: string,
    private readonly start: number,
    visitor?: ScanVisitor,
  ) {
    this.#scanner = new TransactionScanner({
      path: name,
      start: Math.max(start, HEADER_SIZE),
      limit: Number.MAX_SAFE_INTEGER,
      ...(visitor === undefined ? {} : { visitor }),
    });
  }

  push(chunk: Uint8Array): void {
    const skip = Math.max(0, HEADER_SIZE - this.start - this.#size);
    this.#size += chunk.length;
    if (skip < chunk.length) this.#scanner.push(skip === 0 ? chunk : chunk.subarray(skip));
  }

  /** The position after the last byte. */
  finish(): number {
    const reached = this.start + this.#size;
    const end = this.#scanner.safeEnd;
    if (end === reached) return reached;
    throw new HoldfastError('filestorage.damaged', `${this.name} ends within a transaction`, {
      offset: reached,
    });
  }
}
