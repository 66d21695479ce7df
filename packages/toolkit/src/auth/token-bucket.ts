import type { Clock } from '@holdfast/durable-fs';

/** So many a second, and so many at once after a quiet time. */
export class TokenBucket {
  #tokens: number;
  #filledAt: number;

  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.#tokens = burst;
    this.#filledAt = clock.monotonic();
  }

  /** Takes one: 0. Where there is none: milliseconds until there is. */
  take(): number {
    const now = this.clock.monotonic();
    this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#filledAt) / 1000) * this.perSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / this.perSecond) * 1000);
    this.#tokens -= 1;
    return 0;
  }
}
