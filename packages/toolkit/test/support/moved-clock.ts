import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@holdfast/durable-fs';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it; who sleeps is woken by that. */
export class MovedClock implements Clock {
  #sleepers: Sleeper[] = [];
  #passed = 0;

  constructor(private wall = Date.UTC(2026, 10, 21, 12)) {}

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.#passed;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const sleeper = { until: this.#passed + milliseconds, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      });
    });
  }

  /** Time passes; what it wakes has had a turn. */
  async advance(milliseconds: number): Promise<void> {
    this.wall += milliseconds;
    this.#passed += milliseconds;
    const woken = this.#sleepers.filter(({ until }) => until <= this.#passed);
    this.#sleepers = this.#sleepers.filter((sleeper) => !woken.includes(sleeper));
    for (const { wake } of woken) wake();
    await setImmediate();
  }

  /** Somebody sets the wall clock; no time passes. */
  set(milliseconds: number): void {
    this.wall = milliseconds;
  }
}
