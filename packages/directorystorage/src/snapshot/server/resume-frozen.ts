import type { FileStat, FileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { isIntact } from '../file-storage/fingerprint.js';
import type { Frozen } from '../file-storage/freeze.js';
import { FrozenDirectory } from '../file-storage/frozen-directory.js';

/** What must be remembered of a frozen `Data.fs` to take it up again. */
export interface FrozenMemory extends Omit<Frozen, 'directory'> {
  /** Device and inode of the frozen file. */
  readonly identity: string;
}

/** @throws HoldfastError of the `fs.` family */
export async function memoryOf(fs: FileSystem, frozen: Frozen): Promise<FrozenMemory> {
  const { directory: _, ...rest } = frozen;
  return { ...rest, identity: identityOf(await fs.lstat(frozen.path)) };
}

/**
 * Takes up what a killed process had frozen, when it is there unchanged; what is left of another one is removed.
 *
 * @returns or why it cannot be taken up
 * @throws HoldfastError of the `lock.` and `fs.` families
 */
export async function resumeFrozen(fs: FileSystem, memory: FrozenMemory): Promise<Frozen | string> {
  const directory = await reopen(fs, memory.path);
  if (typeof directory === 'string') return directory;
  let keep = false;
  try {
    keep = await isTheSame(fs, memory);
  } finally {
    if (!keep) await directory.remove();
  }
  const { identity: _, ...rest } = memory;
  return keep ? { ...rest, directory } : 'the frozen file is not the one that was made';
}

async function reopen(fs: FileSystem, file: string): Promise<FrozenDirectory | string> {
  try {
    return await FrozenDirectory.reopen(fs, file);
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return 'the frozen file is gone';
    if (isHoldfastError(error, 'lock.busy')) return error.message;
    throw error;
  }
}

async function isTheSame(
  fs: FileSystem,
  { path, size, fingerprint, identity }: FrozenMemory,
): Promise<boolean> {
  try {
    const stat = await fs.lstat(path);
    return (
      stat.size >= size && identityOf(stat) === identity && (await isIntact(fs, path, size, fingerprint))
    );
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return false;
    throw error;
  }
}

function identityOf({ dev, ino }: FileStat): string {
  return `${dev}:${ino}`;
}
