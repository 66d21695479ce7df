/**
 * The one kernel call that this package lives on: BSD `flock(2)` on an open descriptor, always without waiting.
 * It is the lock that Python's `fcntl.flock`, zc.lockfile, ZODB and barman take; POSIX and OFD locks (`fcntl`)
 * do not exclude it. See docs/formats/locks.md, "Which lock excludes which".
 */
import { fsError } from '@holdfast/durable-fs';
import { koffiFlock } from './koffi-flock.js';
import { unavailable } from './lock-error.js';
import { utilLinuxFlock } from './util-linux-flock.js';

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
 * @throws HoldfastError `lock.unavailable` when there is neither; `fs.too-many-open-files` when it cannot be told
 */
export function systemFlock(): Promise<Flock> {
  chosen ??= choose().catch((error: unknown) => {
    // Looked for again next time: an open file may have been closed, a package installed.
    chosen = undefined;
    throw error;
  });
  return chosen;
}

async function choose(): Promise<Flock> {
  try {
    return koffiFlock();
  } catch (koffiCause) {
    return utilLinuxFlock().catch((cause: NodeJS.ErrnoException) => {
      const error = fsError(cause, 'start', 'flock');
      if (error.code === 'fs.too-many-open-files') throw error;
      const both = new AggregateError([koffiCause, cause], 'neither koffi nor the program flock can be used');
      throw unavailable(undefined, both);
    });
  }
}
