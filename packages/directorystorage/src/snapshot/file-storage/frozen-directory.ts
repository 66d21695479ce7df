import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { type FileSystem, removeIfThere } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { KernelLock } from '@holdfast/lockfile';

/** How the directories are named that frozen files lie in, beside the `Data.fs`. */
const PREFIX = '.holdfast-frozen-';
const NAME = new RegExp(`^\\${PREFIX}[0-9a-f]{12}$`);
const LOCK = 'lock';
const FILE = 'Data.fs';
const ROUNDS = 10;

/**
 * A directory for one frozen file. Its lock is held as long as somebody uses it, also by a program that inherited it: a
 * directory whose lock is free was left behind by a process that was killed.
 */
export class FrozenDirectory {
  private constructor(
    private readonly fs: FileSystem,
    private readonly path: string,
    readonly lock: KernelLock,
  ) {}

  /** @throws HoldfastError of the `fs.` family, `lock.unavailable` */
  static async make(fs: FileSystem, parent: string): Promise<FrozenDirectory> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const path = join(parent, `${PREFIX}${randomBytes(6).toString('hex')}`);
      await fs.makeDirectory(path, 0o700);
      try {
        return new FrozenDirectory(fs, path, await KernelLock.acquire(join(path, LOCK)));
      } catch (error) {
        // Another one that starts took it for a leftover in the very moment before it was locked.
        if (!isHoldfastError(error, 'fs.not-found') && !isHoldfastError(error, 'lock.busy')) throw error;
      }
    }
    throw new HoldfastError('fs.failed', `no directory could be made in ${parent}`, { path: parent });
  }

  /**
   * That of a process that was killed: locks it again.
   *
   * @param file the frozen file
   * @throws HoldfastError `fs.not-found`, `lock.busy`, others of the `fs.` and `lock.` families
   */
  static async reopen(fs: FileSystem, file: string): Promise<FrozenDirectory> {
    const path = dirname(file);
    if (!NAME.test(basename(path)) || basename(file) !== FILE) {
      throw new HoldfastError('fs.not-found', `${file} is no frozen file`, { path: file });
    }
    return new FrozenDirectory(fs, path, await KernelLock.acquire(join(path, LOCK), { create: false }));
  }

  /** Where the frozen file goes. */
  get file(): string {
    return join(this.path, FILE);
  }

  /** Leaves it to the next one that freezes. */
  async release(): Promise<void> {
    await this.lock.release();
  }

  /** Removes it with all in it, then gives the lock back; what cannot be removed is left for the next start. */
  async remove(): Promise<void> {
    try {
      await removeFiles(this.fs, this.path);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
    } finally {
      await this.lock.release();
    }
  }
}

/** Removes the directories of processes that are gone. @returns their paths */
export async function removeUnused(fs: FileSystem, parent: string): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const { name, kind } of await fs.readDirectory(parent)) {
    if (kind !== 'directory' || !NAME.test(name)) continue;
    const path = join(parent, name);
    if (await removeIfUnused(fs, path)) removed.push(path);
  }
  return removed;
}

async function removeIfUnused(fs: FileSystem, path: string): Promise<boolean> {
  try {
    const lock = await KernelLock.tryAcquire(join(path, LOCK), { create: false });
    if (lock === undefined) return false;
    try {
      await removeFiles(fs, path);
    } finally {
      await lock.release();
    }
    return true;
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return removeIfEmpty(fs, path);
    // Another user's; nobody is held up by it.
    if (isHoldfastError(error)) return false;
    throw error;
  }
}

/** The lock goes last: until then it says who may remove the rest. */
async function removeFiles(fs: FileSystem, path: string): Promise<void> {
  await removeIfThere(fs, join(path, FILE));
  await removeIfThere(fs, join(path, LOCK));
  await fs.removeDirectory(path);
}

async function removeIfEmpty(fs: FileSystem, path: string): Promise<boolean> {
  try {
    await fs.removeDirectory(path);
    return true;
  } catch (error) {
    if (isHoldfastError(error)) return false;
    throw error;
  }
}
