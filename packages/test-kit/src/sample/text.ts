import type { Random } from './random.js';

const VOCABULARY = 2600;
/** Distinct text that bodies are cut from; much more than the 32 KiB that gzip looks back. */
const POOL = 8 << 20;

/** Stretches of a text, taken by chance. ASCII only. */
export class TextSource {
  /** @param pool the text that stretches are cut from; default: words, some much more frequent than others */
  constructor(
    private readonly random: Random,
    private readonly pool: Buffer = wordPool(random, POOL),
  ) {}

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

/** Text that gzip makes about three times smaller. */
export function wordPool(random: Random, size: number): Buffer {
  const words = Array.from({ length: VOCABULARY }, () => word(random));
  const pool = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    at += pool.write(`${words[Math.floor(random.fraction() ** 3 * VOCABULARY)]} `, at, 'latin1');
  }
  return pool;
}

function word(random: Random): string {
  const letters = Array.from({ length: 3 + random.below(8) }, () => {
    return 97 + Math.floor(random.fraction() * random.fraction() * 26);
  });
  return String.fromCharCode(...letters);
}
