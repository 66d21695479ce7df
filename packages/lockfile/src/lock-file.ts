import { type FileStat, type LockFiles, nodeLockFiles } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { notRegular, openError } from './lock-error.js';

/** No lock's text is longer; a longer file is somebody's data and is never written over. */
export const LONGEST_TEXT = 4096;

/** How the file under the path of a lock is opened. */
export type OpenWay =
  /** For reading and writing, made when missing; for reading alone where this user or the mount allows no more. */
  | { readonly make: true; readonly mode: number; readonly orRead: boolean }
  /** What is there, for reading; a missing file is not made. */
  | { readonly make: false };

/** What the holder wrote. @throws HoldfastError as `OpenLockFile.open`, `fs.io` */
export function readTextOf(path: string, files?: LockFiles): string {
  const file = OpenLockFile.open(path, { make: false }, files);
  try {
    return file.readText();
  } finally {
    file.close();
  }
}

/** What the holder wrote, for a message; empty when it cannot be read. */
export function textOf(path: string, files?: LockFiles): string {
  try {
    return readTextOf(path, files);
  } catch {
    return '';
  }
}

/** An open lock file: a raw descriptor, close-on-exec, checked to be a regular file. */
export class OpenLockFile {
  private constructor(
    readonly path: string,
    readonly descriptor: number,
    private readonly identity: FileStat,
    private readonly files: LockFiles,
  ) {}

  /**
   * @throws HoldfastError `lock.permission`, `lock.not-a-regular-file` (a directory, FIFO or link, without waiting
   *   on it), `fs.not-found`, `fs.no-space`, `fs.too-many-open-files`
   */
  static open(path: string, way: OpenWay, files: LockFiles = nodeLockFiles): OpenLockFile {
    const descriptor = openDescriptor(path, way, files);
    try {
      const stat = files.stat(descriptor, path);
      if (stat.kind !== 'file') throw notRegular(path);
      return new OpenLockFile(path, descriptor, stat, files);
    } catch (error) {
      files.close(descriptor, path);
      throw error;
    }
  }

  /** Whether the path still names this very file: a lock on a removed or replaced file excludes nobody. */
  isUnderItsPath(): boolean {
    const found = this.files.lstat(this.path);
    return found?.ino === this.identity.ino && found.dev === this.identity.dev;
  }

  /** The beginning of the content. */
  readText(): string {
    return this.files.read(this.descriptor, this.path, LONGEST_TEXT).toString('utf8');
  }

  /** Replaces the content, unless it is longer than a lock's text can be; whether it did. Only while holding the lock. */
  writeText(text: string): boolean {
    if (this.files.stat(this.descriptor, this.path).size > LONGEST_TEXT) return false;
    this.files.write(this.descriptor, this.path, Buffer.from(text));
    return true;
  }

  stat(): FileStat {
    return this.files.stat(this.descriptor, this.path);
  }

  /** An error of the close says nothing about the lock, which is free, nor about data, of which there is none. */
  close(): void {
    try {
      this.files.close(this.descriptor, this.path);
    } catch {
      // As above.
    }
  }
}

function openDescriptor(path: string, way: OpenWay, files: LockFiles): number {
  try {
    if (!way.make) return files.openExisting(path);
    try {
      return files.openOrCreate(path, way.mode);
    } catch (error) {
      if (
        !way.orRead ||
        !(isHoldfastError(error, 'fs.permission') || isHoldfastError(error, 'fs.read-only'))
      ) {
        throw error;
      }
      return openForReading(path, files, error);
    }
  } catch (error) {
    throw openError(error, path);
  }
}

function openForReading(path: string, files: LockFiles, otherwise: unknown): number {
  try {
    return files.openExisting(path);
  } catch {
    throw otherwise;
  }
}
