import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { fsError } from '@holdfast/durable-fs';
import { type ErrorCode, type ErrorFields, HoldfastError, isHoldfastError } from '@holdfast/errors';

const { ENOLCK, ENOSYS, EOPNOTSUPP, ENOTSUP } = constants.errno;

/** "Kernel locks are not available here": never to be taken for a lock that is free. */
export function unavailable(path: string | undefined, cause: unknown): HoldfastError {
  const where = path === undefined ? '' : ` for ${path}`;
  return new HoldfastError('lock.unavailable', `kernel locks are not available here${where}`, {
    ...(path === undefined ? {} : { path }),
    cause,
  });
}

/** What `flock` answered other than "locked" and "busy". */
export function flockError(errno: number, path: string): HoldfastError {
  const code = getSystemErrorName(-errno);
  const cause = Object.assign(new Error(`flock: ${code}`), { code, errno: -errno, syscall: 'flock' });
  return [ENOLCK, ENOSYS, EOPNOTSUPP, ENOTSUP].includes(errno)
    ? unavailable(path, cause)
    : fsError(cause, 'lock', path);
}

const AT_OPEN: Partial<Record<ErrorCode, ErrorCode>> = {
  'fs.permission': 'lock.permission',
  'fs.not-a-regular-file': 'lock.not-a-regular-file',
};

/** An error of opening the lock file; "no permission" is told apart from "busy", a full disk from both. */
export function openError(error: unknown, path: string): unknown {
  const code = isHoldfastError(error) ? AT_OPEN[error.code] : undefined;
  if (code === undefined) return error;
  return new HoldfastError(code, (error as HoldfastError).message, { path, cause: error });
}

export function notRegular(path: string): HoldfastError {
  const message = `${path} is not a regular file, so it cannot be a lock file`;
  return new HoldfastError('lock.not-a-regular-file', message, { path });
}

export function lost(path: string, why: string, fields: ErrorFields = {}): HoldfastError {
  return new HoldfastError('lock.lost', `the lock ${path} was lost: ${why}`, { path, ...fields });
}

export function cancelled(path: string, signal: AbortSignal): HoldfastError {
  return new HoldfastError('cancelled', `waiting for the lock ${path} was cancelled`, {
    path,
    cause: signal.reason,
  });
}
