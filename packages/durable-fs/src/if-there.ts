/** For what may be missing: that it, or a directory on the way to it, is not there is an answer and no error. */
import { isHoldfastError } from '@holdfast/errors';
import type { FileStat, FileSystem } from './file-system.js';

/** Whether there is anything of this name, also a link that leads nowhere. */
export async function exists(fs: FileSystem, path: string): Promise<boolean> {
  return (await lstatIfThere(fs, path)) !== undefined;
}

/** What a path leads to, links followed; undefined: nothing. @throws HoldfastError of the `fs.` family */
export function statIfThere(fs: FileSystem, path: string): Promise<FileStat | undefined> {
  return ifThere(fs.stat(path));
}

/** What has this name, a link being one itself; undefined: nothing. @throws HoldfastError of the `fs.` family */
export function lstatIfThere(fs: FileSystem, path: string): Promise<FileStat | undefined> {
  return ifThere(fs.lstat(path));
}

/** @returns whether it was there */
export async function removeIfThere(fs: FileSystem, path: string): Promise<boolean> {
  return (await ifThere(fs.unlink(path).then(() => true))) ?? false;
}

async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return undefined;
    throw error;
  }
}
