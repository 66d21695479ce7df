import { type FileSystem, removeIfThere } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { holdStorageFile } from '@holdfast/filestorage-backup';
import { KernelLock, storageLockPaths } from '@holdfast/lockfile';
import { lockOf, type Work } from './work.js';

/**
 * The locks of a restore: ZODB's on every storage, and one of its own on every path that it replaces, which also keeps
 * two restores apart where there is no ZODB yet. The files of its own locks go when it is over.
 */
export class HeldTargets implements AsyncDisposable {
  readonly #held = new Map<string, KernelLock>();
  readonly #own: string[] = [];

  constructor(private readonly fs: FileSystem) {}

  /** @throws HoldfastError `restore.target-in-use` */
  async holdWork(work: Work): Promise<void> {
    const path = lockOf(work);
    if (this.#held.has(path)) return;
    const lock = await acquireOwn(path, work);
    this.#held.set(path, lock);
    this.#own.push(path);
    lock.writeText(` ${process.pid}\n`);
  }

  /**
   * Those of ZODB's lock files that are there. Asked for again before the swap: a Zope that was started meanwhile on
   * a storage that had none has made one.
   *
   * @throws HoldfastError `restore.target-in-use`
   */
  async holdStorage(datafs: string): Promise<void> {
    for (const path of await storageLockPaths(datafs, this.fs)) {
      if (this.#held.has(path)) continue;
      const lock = await holdStorageFile(path, datafs);
      if (lock !== undefined) this.#held.set(path, lock);
    }
  }

  /** Removed while they are held: who waits for one then finds that its file is gone, and makes a new one. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for (const path of this.#own.splice(0)) await this.removeFile(path);
    } finally {
      const locks = [...this.#held.values()].reverse();
      this.#held.clear();
      for (const lock of locks) await lock.release();
    }
  }

  /** One that stays locks nobody out. */
  private async removeFile(path: string): Promise<void> {
    try {
      await removeIfThere(this.fs, path);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
    }
  }
}

async function acquireOwn(path: string, work: Work): Promise<KernelLock> {
  try {
    return await KernelLock.acquire(path);
  } catch (error) {
    if (!isHoldfastError(error, 'lock.busy')) throw error;
    throw new HoldfastError('restore.target-in-use', `another restore is at work: ${error.message}`, {
      path: work.path,
      hint: 'Wait until that restore has ended.',
      details: error.details,
      cause: error,
    });
  }
}
