import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@holdfast/durable-fs';

/** 21 November 2026, 12:00 UTC. */
const START = Date.UTC(2026, 10, 21, 12);

/** A clock that stands still until a test moves it; sleeping moves it and takes no time. */
export class FixedClock implements Clock {
  /** What was slept, in milliseconds each. */
  readonly sleeps: number[] = [];
  private wall: number;
  private passed = 0;

  /** @param startMs wall-clock time, milliseconds since 1970 */
  constructor(startMs = START) {
    this.wall = startMs;
  }

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.passed;
  }

  /** Lets other work have its turn, then time has passed. */
  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await setImmediate();
    signal?.throwIfAborted();
    this.sleeps.push(milliseconds);
    this.advance(milliseconds);
  }

  /** Time passes. */
  advance(milliseconds: number): void {
    this.wall += milliseconds;
    this.passed += milliseconds;
  }

  /** Somebody sets the wall clock, forwards or back; no time passes. */
  set(milliseconds: number): void {
    this.wall = milliseconds;
  }
}
