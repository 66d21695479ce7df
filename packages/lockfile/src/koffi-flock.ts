import { constants } from 'node:os';
import type { Flock } from './flock.js';
import { loadKoffi } from './koffi-binding.js';
import { flockError } from './lock-error.js';

/** `sys/file.h`: the same numbers on Linux, macOS and the BSDs. */
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;

const { EINTR, EAGAIN, EWOULDBLOCK } = constants.errno;

/**
 * `flock` of the C library. It is called in this thread, always with LOCK_NB: about a microsecond.
 *
 * @throws when koffi, an optional dependency, is not installed or has no binary for this platform
 */
export function koffiFlock(): Flock {
  const koffi = loadKoffi();
  const call = koffi.load(null).func('int flock(int fd, int operation)') as (
    fd: number,
    operation: number,
  ) => number;
  /** 0, or the error number. */
  const flock = (descriptor: number, operation: number): number => {
    while (call(descriptor, operation) !== 0) {
      const errno = koffi.errno();
      if (errno !== EINTR) return errno;
    }
    return 0;
  };
  return {
    name: 'koffi',
    tryLock(descriptor, mode, path) {
      const errno = flock(descriptor, (mode === 'shared' ? LOCK_SH : LOCK_EX) | LOCK_NB);
      if (errno === 0) return 'locked';
      if (errno === EAGAIN || errno === EWOULDBLOCK) return 'busy';
      throw flockError(errno, path);
    },
    unlock(descriptor) {
      flock(descriptor, LOCK_UN);
    },
  };
}
