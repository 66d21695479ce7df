import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { fsError } from './fs-error.js';

/** What says that this file system, or these two, cannot share blocks. */
const CANNOT = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY']);

/**
 * A copy that shares its blocks with the original until one of them is written (reflink: Btrfs, XFS and others); it takes no
 * time and no space. Follows a link at `from`.
 *
 * @returns whether the file system can; if not, nothing was made
 * @throws HoldfastError of the `fs.` family, `fs.exists` when `to` is taken
 */
export async function cloneFile(from: string, to: string): Promise<boolean> {
  const { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE } = constants;
  try {
    await copyFile(from, to, COPYFILE_EXCL | COPYFILE_FICLONE_FORCE);
    return true;
  } catch (cause) {
    if (CANNOT.has((cause as NodeJS.ErrnoException).code ?? '')) return false;
    throw fsError(cause, `clone ${from} to`, to);
  }
}
