/** So that sizes that differ a little share buffers. */
const GRAIN = 1 << 20;
/** More than are ever in use at one time. */
const MOST = 16;

/**
 * Buffers that are used again and again. Fresh ones cost more than the reading: the kernel zeroes each page of them at
 * its first use, and they wait outside the heap for a garbage collection that does not know how large they are.
 */
export class BufferPool {
  readonly #free: Buffer[] = [];

  constructor(private readonly allocate: (size: number) => Buffer = (size) => Buffer.allocUnsafeSlow(size)) {}

  /** A view of `size` bytes with anything in them. */
  take(size: number): Buffer {
    const index = this.#free.findIndex(({ length }) => length >= size);
    const buffer =
      index < 0 ? this.allocate(Math.ceil(size / GRAIN) * GRAIN) : this.#free.splice(index, 1)[0]!;
    return buffer.subarray(0, size);
  }

  /** Gives back what nobody looks at any more. */
  give({ buffer }: Uint8Array): void {
    if (this.#free.length >= MOST || buffer.byteLength % GRAIN !== 0 || buffer.byteLength === 0) return;
    this.#free.push(Buffer.from(buffer as ArrayBuffer));
    this.#free.sort((a, b) => a.length - b.length);
  }
}
