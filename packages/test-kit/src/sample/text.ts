import type { Random } from './random.js';

const VOCABULARY = 2600;
/** Distinct text that bodies are cut from; much more than the 32 KiB that gzip looks back. */
const POOL = 8 << 20;

/** Text that gzip makes about three times smaller: words, some much more frequent than others. ASCII only. */
export class TextSource {
  private readonly pool: Buffer;

  constructor(
    private readonly random: Random,
    poolSize = POOL,
  ) {
    const words = Array.from({ length: VOCABULARY }, () => word(random));
    this.pool = Buffer.alloc(poolSize);
    for (let at = 0; at < poolSize; ) {
      at += this.pool.write(`${words[Math.floor(random.fraction() ** 3 * VOCABULARY)]} `, at, 'latin1');
    }
  }

  /** `length` bytes; a view that is not to be changed, valid as long as the source. */
  take(length: number): Buffer {
    if (length <= this.pool.length / 2) {
      const start = this.random.below(this.pool.length - length);
      return this.pool.subarray(start, start + length);
    }
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; ) {
      at += this.take(Math.min(length - at, this.pool.length / 2)).copy(bytes, at);
    }
    return bytes;
  }
}

function word(random: Random): string {
  const letters = Array.from({ length: 3 + random.below(8) }, () => {
    return 97 + Math.floor(random.fraction() * random.fraction() * 26);
  });
  return String.fromCharCode(...letters);
}
