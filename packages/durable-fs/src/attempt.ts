import { fsError } from './fs-error.js';

/**
 * Runs one synchronous call; a signal that interrupts it only repeats it.
 *
 * @param operation a verb phrase, as `fsError` takes it
 * @throws HoldfastError of the `fs.` family
 */
export function attempt<T>(operation: string, path: string, call: () => T): T {
  for (;;) {
    try {
      return call();
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EINTR') continue;
      throw fsError(cause, operation, path);
    }
  }
}
