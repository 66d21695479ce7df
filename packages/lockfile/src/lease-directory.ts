import {
  type FileStat,
  type FileSystem,
  type LockFiles,
  nodeFileSystem,
  nodeLockFiles,
} from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';

/** A lease that was not refreshed for so long may be taken over. */
export const LEASE_STALE_MS = 60_000;

type Callback<T = void> = (error: Error | null, value?: T) => void;

/**
 * The lease's directory, as the `fs` that proper-lockfile works with. It adds what that library does not look at:
 * a lease is ours only while the directory is the one that we made. So a lease that was taken over is never
 * refreshed or removed by its former holder, and a stale one is removed only if it is still the one that was seen.
 */
export class LeaseDirectory {
  /** The directory that this process made. */
  #own: FileStat | undefined;
  #made = false;
  /** The directory as last looked at. */
  #seen: FileStat | undefined;

  constructor(
    readonly path: string,
    private readonly fs: FileSystem = nodeFileSystem,
    private readonly files: LockFiles = nodeLockFiles,
  ) {}

  /** Whether this process made the directory, and by now it is no longer there or another's. */
  get wasTaken(): boolean {
    return this.#made && this.current() === undefined;
  }

  /** The directory while it is the one that this process made, else `undefined`. */
  current(): FileStat | undefined {
    const found = this.files.lstat(this.path);
    return this.#own !== undefined && isSame(found, this.#own) ? found : undefined;
  }

  /** The functions that proper-lockfile calls, in the form of `node:fs`. */
  asNodeFs(): Record<string, unknown> {
    return {
      mkdir: (_: string, callback: Callback) => answer(callback, () => this.make()),
      stat: (_: string, callback: Callback<{ mtime: Date }>) => answer(callback, () => this.look()),
      utimes: (_: string, __: Date, mtime: Date, callback: Callback) =>
        answer(callback, () => this.refresh(mtime)),
      rmdir: (_: string, callback: Callback) => answer(callback, () => this.remove()),
      rmdirSync: () => {
        if (this.current() !== undefined) this.files.removeDirectoryNow(this.path);
      },
    };
  }

  private async make(): Promise<void> {
    await this.fs.makeDirectory(this.path, 0o700);
    this.#made = true;
    this.#own = await this.fs.lstat(this.path);
  }

  private async look(): Promise<{ mtime: Date }> {
    const found = await this.fs.lstat(this.path);
    if (this.#own !== undefined && !isSame(found, this.#own)) throw gone();
    this.#seen = found;
    return { mtime: new Date(Math.round(found.mtimeMs)) };
  }

  private async refresh(mtime: Date): Promise<void> {
    if (this.current() === undefined) throw gone();
    await this.files.touch(this.path, mtime.getTime());
  }

  /** On release: only our own. Otherwise a stale one: only if nobody refreshed or replaced it since it was seen. */
  private async remove(): Promise<void> {
    if (this.#own !== undefined) {
      if (this.current() !== undefined) await this.fs.removeDirectory(this.path);
      return;
    }
    const found = this.files.lstat(this.path);
    if (found === undefined) return;
    if (!isSame(found, this.#seen) || found.mtimeMs !== this.#seen?.mtimeMs) {
      throw Object.assign(new Error('the lease was renewed meanwhile'), { code: 'ELOCKED' });
    }
    // At once after the look: another who found it stale too may put its own in this place.
    this.files.removeDirectoryNow(this.path);
  }
}

/** The birth time tells a new directory from an old one whose inode number it got; not every file system keeps it. */
function isSame(a: FileStat | undefined, b: FileStat | undefined): boolean {
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev && a.birthtimeMs === b.birthtimeMs;
}

function gone(): Error {
  return Object.assign(new Error('the lease is no longer ours'), { code: 'ENOENT' });
}

/** proper-lockfile decides by Node's error codes, which `HoldfastError`s carry as their cause. */
function answer<T>(callback: Callback<T>, call: () => Promise<T>): void {
  call().then(
    (value) => callback(null, value),
    (error: unknown) => callback(isHoldfastError(error) ? asNodeError(error) : (error as Error)),
  );
}

function asNodeError(error: Error): Error {
  return error.cause instanceof Error ? error.cause : error;
}

/** Whether the directory of a lease (`PATH.lease`) was refreshed lately. */
export function leaseIsFresh(leasePath: string): boolean {
  const found = nodeLockFiles.lstat(leasePath);
  return found !== undefined && Date.now() - found.mtimeMs < LEASE_STALE_MS;
}

/** The file that a lease's directory stands for. */
export function leasedFile(leasePath: string): string {
  return leasePath.slice(0, -'.lease'.length);
}
