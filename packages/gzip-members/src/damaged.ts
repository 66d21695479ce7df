import { HoldfastError } from '@holdfast/errors';

/** The one error of a gzip file that is not what it says. `offset` is a byte offset in what was read. */
export function damaged(message: string, offset?: number, cause?: unknown): HoldfastError {
  return new HoldfastError('gzip.damaged', message, { offset, cause });
}
