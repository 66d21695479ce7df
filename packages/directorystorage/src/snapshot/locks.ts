import { join } from 'node:path';
import { isHoldfastError } from '@holdfast/errors';
import { KernelLock } from '@holdfast/lockfile';

/** As zc.lockfile makes it. */
const LOCK_MODE = 0o644;

/** `misc/lock`: some process manages the tree. */
export function managerLockPath(directory: string): string {
  return join(directory, 'misc', 'lock');
}

/** `misc/sublock`: somebody may write `A`, or keeps it frozen. */
export function sublockPath(directory: string): string {
  return join(directory, 'misc', 'sublock');
}

export type Taken =
  | { readonly kind: 'taken'; readonly lock: KernelLock }
  /** `reason`: who holds it. */
  | { readonly kind: 'busy'; readonly reason: string };

/**
 * Takes a lock without writing to its file: `sign` does, once all that is needed is held.
 *
 * @param wait milliseconds for a lock that is busy
 */
export async function take(path: string, wait = 0): Promise<Taken> {
  try {
    return { kind: 'taken', lock: await KernelLock.acquire(path, { fileMode: LOCK_MODE, wait }) };
  } catch (error) {
    if (isHoldfastError(error, 'lock.busy')) return { kind: 'busy', reason: error.message };
    throw error;
  }
}

/** The text that zc.lockfile writes. On a full disk it is left out: the lock counts, not its text. */
export function sign(lock: KernelLock): void {
  try {
    lock.writeText(` ${process.pid}\n`);
  } catch (error) {
    if (!isHoldfastError(error, 'fs.no-space')) throw error;
  }
}
