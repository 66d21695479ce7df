import { errorLine, isHoldfastError } from '@holdfast/errors';
import { logOf, type SnapshotEngine } from './engine.js';
import { RETRY_PAUSE_MS, type Retry } from './request.js';

/** Tries again what failed because somebody else is in the storage; the last try is at the end of the time. */
export async function withRetry<T>(
  engine: SnapshotEngine,
  { forMs = 0, everyMs = RETRY_PAUSE_MS }: Retry,
  attempt: () => Promise<T>,
): Promise<T> {
  const { clock, signal } = engine;
  const deadline = clock.monotonic() + forMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const left = deadline - clock.monotonic();
      if (!isBusy(error) || left <= 0) throw error;
      logOf(engine).message(`Retrying snapshot.... (${errorLine(error)})`);
      await clock.sleep(Math.min(left, everyMs), signal);
    }
  }
}

/** What time can mend. */
function isBusy(error: unknown): boolean {
  return isHoldfastError(error, 'snapshot.not-locked') || isHoldfastError(error, 'lock.busy');
}
