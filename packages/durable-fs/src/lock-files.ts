import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  rmdirSync,
  writeSync,
} from 'node:fs';
import { utimes } from 'node:fs/promises';
import { HoldfastError } from '@holdfast/errors';
import { attempt } from './attempt.js';
import type { FileStat } from './file-system.js';
import { fsError } from './fs-error.js';
import { toStat } from './node-file-system.js';

/**
 * What lock files need and no other file may use: raw descriptors, opened and closed in the calling thread.
 * A lock is taken and given back in some 30 microseconds that way, where each asynchronous call alone takes as long.
 * None of these calls waits on a local file system. Errors are `HoldfastError`s of the `fs.` family.
 */
export interface LockFiles {
  /**
   * Opens for reading and writing, making the file when it is not there; never truncates, never follows a link,
   * never waits on a FIFO. Close-on-exec. Whether it is a regular file is the caller's to check (`stat`).
   */
  openOrCreate(path: string, mode: number): number;
  /** Opens what exists, for reading. Otherwise as `openOrCreate`. */
  openExisting(path: string): number;
  stat(descriptor: number, path: string): FileStat;
  /** Never follows a link; `undefined` when there is nothing. */
  lstat(path: string): FileStat | undefined;
  /** The first bytes of the file, `limit` at the most. */
  read(descriptor: number, path: string, limit: number): Buffer;
  /** Replaces the whole content: first written over, then cut, so that a full disk takes nothing away. */
  write(descriptor: number, path: string, content: Uint8Array): void;
  close(descriptor: number, path: string): void;
  /** Permission bits, whatever the umask, and who owns it; `owner` undefined: nobody else. */
  give(
    descriptor: number,
    path: string,
    mode: number,
    owner: Pick<FileStat, 'uid' | 'gid'> | undefined,
  ): void;
  /** Sets both times of a file or directory, milliseconds since 1970. */
  touch(path: string, timeMs: number): Promise<void>;
  /** At once: right after a look at it, or in the last moment of a process, when nothing asynchronous runs any more. */
  removeDirectoryNow(path: string): void;
}

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

export const nodeLockFiles: LockFiles = {
  openOrCreate(path, mode) {
    const flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK;
    return attempt('open', path, () => {
      try {
        // Without O_CREAT first: in a sticky directory (/tmp) the kernel denies O_CREAT on somebody else's file.
        return openSync(path, flags);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        return openSync(path, flags | O_CREAT, mode);
      }
    });
  },
  openExisting(path) {
    return attempt('open', path, () => openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  },
  stat(descriptor, path) {
    return toStat(attempt('look at', path, () => fstatSync(descriptor, { bigint: true })));
  },
  lstat(path) {
    const stats = attempt('look at', path, () => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
    return stats === undefined ? undefined : toStat(stats as BigIntStats);
  },
  read(descriptor, path, limit) {
    const target = Buffer.alloc(limit);
    let done = 0;
    while (done < limit) {
      const count = attempt('read', path, () => readSync(descriptor, target, done, limit - done, done));
      if (count === 0) break;
      done += count;
    }
    return target.subarray(0, done);
  },
  write(descriptor, path, content) {
    let done = 0;
    while (done < content.length) {
      const count = attempt('write', path, () =>
        writeSync(descriptor, content, done, content.length - done, done),
      );
      if (count === 0)
        throw new HoldfastError('fs.no-space', `cannot write ${path}: no byte was accepted`, { path });
      done += count;
    }
    attempt('truncate', path, () => ftruncateSync(descriptor, content.length));
  },
  close(descriptor, path) {
    attempt('close', path, () => closeSync(descriptor));
  },
  give(descriptor, path, mode, owner) {
    attempt('change the owner of', path, () => {
      if (owner !== undefined) fchownSync(descriptor, owner.uid, owner.gid);
      fchmodSync(descriptor, mode);
    });
  },
  async touch(path, timeMs) {
    try {
      await utimes(path, timeMs / 1000, timeMs / 1000);
    } catch (error) {
      throw fsError(error, 'set the times of', path);
    }
  },
  removeDirectoryNow(path) {
    attempt('remove the directory', path, () => rmdirSync(path));
  },
};
