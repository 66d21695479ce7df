import { setTimeout as delay } from 'node:timers/promises';

/** Every reading of the time goes through a clock that the caller hands in, so that tests can hold it still. */
export interface Clock {
  /** Wall-clock time, milliseconds since 1970; may step back. */
  now(): number;
  /** Milliseconds from an arbitrary point; never steps back. */
  monotonic(): number;
  /** Rejects when the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  // Not `performance.now`: its first use loads node:perf_hooks, 2 ms of each start.
  monotonic: () => Number(process.hrtime.bigint()) / 1e6,
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, signal === undefined ? {} : { signal }),
};
