import { type Clock, systemClock } from '@holdfast/durable-fs';
import { cancelled } from './lock-error.js';

export interface Waiting {
  /** Milliseconds to wait for a lock that is busy; 0, the default: not at all; `Infinity`: for ever. */
  readonly wait?: number | undefined;
  /** Ends the waiting with the error `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

/** Between two looks at a busy lock: from 1 ms, doubling, shortened at random so that waiters spread out. */
const FIRST_PAUSE_MS = 1;
/** For a kernel lock, where a look costs some microseconds. */
const LONGEST_PAUSE_MS = 50;

/**
 * Calls `attempt` until it gives something other than `undefined`, or the time is over; `undefined` then. The event
 * loop stays free, the deadline is on the monotonic clock, a stopped and continued waiter just goes on.
 *
 * @throws HoldfastError `cancelled` when the signal is aborted; what `attempt` throws
 */
export async function poll<T>(
  path: string,
  waiting: Waiting,
  attempt: () => T | undefined | Promise<T | undefined>,
  longestPauseMs = LONGEST_PAUSE_MS,
): Promise<T | undefined> {
  const { wait = 0, signal, clock = systemClock } = waiting;
  if (signal?.aborted === true) throw cancelled(path, signal);
  const first = await attempt();
  if (first !== undefined || wait <= 0) return first;
  const deadline = clock.monotonic() + wait;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, longestPauseMs)) {
    const left = deadline - clock.monotonic();
    if (left <= 0) return undefined;
    await sleep(path, clock, Math.min(left, pause * (0.5 + Math.random() / 2)), signal);
    const result = await attempt();
    if (result !== undefined) return result;
  }
}

async function sleep(path: string, clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await clock.sleep(milliseconds, signal);
  } catch (error) {
    if (signal?.aborted === true) throw cancelled(path, signal);
    throw error;
  }
}
