import { type ErrorCode, HoldfastError, isHoldfastError } from '@holdfast/errors';

/** Linux numbers of errors that Node names differently, or not at all, from version to version. */
const BY_NUMBER: Readonly<Record<number, ErrorCode>> = { 122: 'fs.no-space' };

const BY_NAME: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'fs.not-found',
  ENOTDIR: 'fs.not-found',
  EEXIST: 'fs.exists',
  ENOTEMPTY: 'fs.exists',
  EACCES: 'fs.permission',
  EPERM: 'fs.permission',
  ENOSPC: 'fs.no-space',
  EDQUOT: 'fs.no-space',
  EFBIG: 'fs.no-space',
  EIO: 'fs.io',
  EROFS: 'fs.read-only',
  EMFILE: 'fs.too-many-open-files',
  ENFILE: 'fs.too-many-open-files',
  EISDIR: 'fs.not-a-regular-file',
  ELOOP: 'fs.not-a-regular-file',
  ENXIO: 'fs.not-a-regular-file',
  EXDEV: 'fs.cannot-link',
  EMLINK: 'fs.cannot-link',
  ENOTSUP: 'fs.cannot-link',
  EOPNOTSUPP: 'fs.cannot-link',
};

/** What each code looks like in a sentence: `cannot write X: the disk is full`. */
const REASON: Partial<Record<ErrorCode, string>> = {
  'fs.not-found': 'no such file or directory',
  'fs.exists': 'it exists already',
  'fs.permission': 'permission denied',
  'fs.no-space': 'no space left (disk, quota or inodes)',
  'fs.io': 'input/output error',
  'fs.read-only': 'the file system is read-only',
  'fs.too-many-open-files': 'too many open files',
  'fs.not-a-regular-file': 'not a regular file',
  'fs.cannot-link': 'the file system cannot make this link',
};

/**
 * Turns what Node throws into a `HoldfastError` with a code of the `fs.` family.
 *
 * @param operation a verb phrase: `read`, `make the directory`
 */
export function fsError(cause: unknown, operation: string, path: string): HoldfastError {
  if (isHoldfastError(cause)) return cause;
  const { code, errno, message } = cause as NodeJS.ErrnoException;
  const known =
    BY_NUMBER[Math.abs(errno ?? 0)] ?? (code === undefined ? undefined : BY_NAME[code]) ?? 'fs.failed';
  const reason = REASON[known] ?? message ?? String(cause);
  return new HoldfastError(known, `cannot ${operation} ${path}: ${reason}`, { path, cause });
}
