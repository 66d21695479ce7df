import type { BulkFiles } from './bulk-files.js';
import { type Clock, systemClock } from './clock.js';

/** A tree that is made sooner has nothing to gain. */
const FIRST_MS = 500;
/** Between two syncs; never less than the last one took, so that others get at the disk. */
const PAUSE_MS = 300;

/**
 * Lets `fill` make the tree at `path`, and makes it durable. The disk works while `fill` does: the file system is synced
 * again and again meanwhile, so that the sync at the end finds little to do (docs/decisions/0030).
 *
 * @throws what `fill` throws; HoldfastError of the `fs.` family when something could not be written
 */
export async function fillDurably<T>(
  bulk: Pick<BulkFiles, 'syncTree' | 'syncEarly'>,
  path: string,
  fill: () => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  const stop = new AbortController();
  const syncing =
    bulk.syncEarly === undefined ? undefined : keepSyncing(bulk.syncEarly, clock, path, stop.signal);
  // Looked at below; until then it may have failed already.
  syncing?.catch(() => {});
  let filled: T;
  try {
    filled = await fill();
  } finally {
    stop.abort();
    await syncing?.catch(() => {});
  }
  // The kernel tells of a failed write once: the sync at the end would not hear of it.
  await syncing;
  await bulk.syncTree(path);
  return filled;
}

async function keepSyncing(
  syncEarly: NonNullable<BulkFiles['syncEarly']>,
  clock: Clock,
  path: string,
  stop: AbortSignal,
): Promise<void> {
  let pause = FIRST_MS;
  while (await slept(clock, pause, stop)) {
    const started = clock.monotonic();
    if (!(await syncEarly(path))) return;
    pause = Math.max(PAUSE_MS, clock.monotonic() - started);
  }
}

/** False: it was stopped. */
async function slept(clock: Clock, milliseconds: number, stop: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(milliseconds, stop);
    return true;
  } catch (error) {
    if (stop.aborted) return false;
    throw error;
  }
}
