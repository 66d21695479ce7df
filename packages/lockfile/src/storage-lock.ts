import { basename, dirname, join } from 'node:path';
import { type FileSystem, nodeFileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { busy } from './busy-error.js';
import { KernelLock, type KernelLockOptions } from './kernel-lock.js';
import { textOf } from './lock-file.js';

export type StorageLockState =
  | { readonly held: false }
  /** `pid`: what the holder wrote; it may be stale, the lock is not. `path`: the lock file that is held. */
  | { readonly held: true; readonly pid: number | undefined; readonly path: string };

/**
 * Whether a ZODB holds a FileStorage open for writing. No file is made; a missing lock file is a free lock. The
 * look takes a shared lock for some microseconds; a ZODB that starts in that very moment would find it busy.
 *
 * @throws HoldfastError `lock.unavailable`, `lock.permission`, `lock.not-a-regular-file`
 */
export async function probeStorageLock(dataFsPath: string): Promise<StorageLockState> {
  for (const path of await storageLockPaths(dataFsPath)) {
    if (await KernelLock.isHeld(path)) return { held: true, pid: parseStoragePid(textOf(path)), path };
  }
  return { held: false };
}

/** The lock files that a ZODB may hold for this path: beside it as configured and, where it is a link, beside the target. */
export async function storageLockPaths(
  dataFsPath: string,
  fs: FileSystem = nodeFileSystem,
): Promise<readonly string[]> {
  const configured = join(await realDirectory(dataFsPath, fs), basename(dataFsPath));
  const target = await fs.realPath(dataFsPath).catch((error: unknown) => {
    if (isHoldfastError(error, 'fs.not-found')) return configured;
    throw error;
  });
  return [...new Set([`${configured}.lock`, `${target}.lock`])];
}

/** As two spellings of one directory are one lock, the directory is resolved; the last part stays as configured. */
async function realDirectory(path: string, fs: FileSystem): Promise<string> {
  const directory = dirname(path);
  return fs.realPath(directory).catch((error: unknown) => {
    if (isHoldfastError(error, 'fs.not-found')) return directory;
    throw error;
  });
}

/** zc.lockfile's text: a blank, the pid, perhaps more, a newline. */
export function parseStoragePid(text: string): number | undefined {
  const digits = /^\s*(\d{1,10})(?!\d)/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function formatStoragePid(pid: number): string {
  return ` ${pid}\n`;
}

/** zc.lockfile's locks on the lock files of one storage: as configured and, behind a link, the target's. */
export class StorageLock implements AsyncDisposable {
  private constructor(private readonly locks: readonly KernelLock[]) {}

  /**
   * Takes the locks that ZODB's FileStorage takes to write (`Data.fs.lock`).
   *
   * @throws HoldfastError `lock.busy` with `path` and details `pid`, `liveness`, and what `KernelLock.acquire` throws
   */
  static async acquire(dataFsPath: string, options: KernelLockOptions = {}): Promise<StorageLock> {
    return StorageLock.acquireFiles(await storageLockPaths(dataFsPath), options);
  }

  /** The same for lock files given by their own paths, such as DirectoryStorage's `misc/lock` and `misc/sublock`. */
  static async acquireFiles(paths: readonly string[], options: KernelLockOptions = {}): Promise<StorageLock> {
    const locks: KernelLock[] = [];
    try {
      for (const path of paths) locks.push(await acquireOne(path, options));
      return new StorageLock(locks);
    } catch (error) {
      await releaseAll(locks);
      throw error;
    }
  }

  get paths(): readonly string[] {
    return this.locks.map(({ path }) => path);
  }

  /** Descriptors that a child must inherit to hold the lock as well (`runLocked`). */
  get descriptors(): readonly number[] {
    return this.locks.flatMap(({ descriptors }) => descriptors);
  }

  assertHeld(): void {
    for (const lock of this.locks) lock.assertHeld();
  }

  release(): Promise<void> {
    return releaseAll(this.locks);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

async function acquireOne(path: string, options: KernelLockOptions): Promise<KernelLock> {
  const lock = await KernelLock.tryAcquire(path, { fileMode: 0o644, ...options });
  if (lock === undefined) throw await busy(path, textOf(path));
  try {
    lock.writeText(formatStoragePid(process.pid));
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function releaseAll(locks: readonly KernelLock[]): Promise<void> {
  for (const lock of [...locks].reverse()) await lock.release();
}
