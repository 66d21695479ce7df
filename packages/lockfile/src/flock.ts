/**
 * The one kernel call that this package lives on: BSD `flock(2)` on an open descriptor, always without waiting.
 * It is the lock that Python's `fcntl.flock`, zc.lockfile, ZODB and barman take; POSIX and OFD locks (`fcntl`)
 * do not exclude it. See docs/formats/locks.md, "Which lock excludes which".
 */
import { unavailable } from './lock-error.js';

export type LockMode = 'exclusive' | 'shared';

export interface Flock {
  readonly name: 'koffi' | 'util-linux';
  /**
   * Takes the lock if it is free. A signal that interrupts the call only repeats it.
   *
   * @throws HoldfastError `lock.unavailable` where the file system or the kernel has no such lock
   */
  tryLock(descriptor: number, mode: LockMode, path: string): LockAttempt | Promise<LockAttempt>;
  /** Never throws: the close that follows it frees the lock as well. */
  unlock(descriptor: number): void | Promise<void>;
}

export type LockAttempt = 'locked' | 'busy';

let chosen: Promise<Flock> | undefined;

/**
 * The way to `flock` on this machine, looked for at the first use: libc through koffi, else util-linux' program.
 *
 * @throws HoldfastError `lock.unavailable` when there is neither
 */
export function systemFlock(): Promise<Flock> {
  chosen ??= choose();
  return chosen;
}

async function choose(): Promise<Flock> {
  const causes: unknown[] = [];
  try {
    const { koffiFlock } = await import('./koffi-flock.js');
    return koffiFlock();
  } catch (cause) {
    causes.push(cause);
  }
  try {
    const { utilLinuxFlock } = await import('./util-linux-flock.js');
    return await utilLinuxFlock();
  } catch (cause) {
    causes.push(cause);
  }
  chosen = undefined;
  throw unavailable(undefined, new AggregateError(causes, 'neither koffi nor the program flock can be used'));
}
