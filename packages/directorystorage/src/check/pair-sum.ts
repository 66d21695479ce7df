/**
 * The sum of a set of (object, transaction) pairs, the same in whatever order they come: two sets with the same count and
 * sum are taken to be the same. It finds accidents, and is no defence against somebody who means it.
 */
export class PairSum {
  /** Number of pairs, and two sums. Typed, because what is above 2^31 is slow in a plain field. */
  private readonly sums = new Int32Array(3);

  /** An id is given as its two 32-bit halves. */
  add(oidHigh: number, oidLow: number, tidHigh: number, tidLow: number): void {
    const { sums } = this;
    const a = oidLow | 0;
    const b = oidHigh | 0;
    const c = tidLow | 0;
    const d = tidHigh | 0;
    sums[0] = sums[0]! + 1;
    sums[1] = sums[1]! + mix(mix(mix(mix(a ^ 0x3c6ef372) ^ b) ^ c) ^ d);
    sums[2] = sums[2]! + mix((mix((mix((mix((c + 0x5bd1e995) | 0) + d) | 0) + a) | 0) + b) | 0);
  }

  equals(other: PairSum): boolean {
    return this.sums.every((sum, index) => sum === other.sums[index]);
  }
}

/** Spreads 32 bits over 32 bits. */
function mix(value: number): number {
  const once = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  const twice = Math.imul(once ^ (once >>> 15), 0x046ca68b);
  return twice ^ (twice >>> 16);
}
