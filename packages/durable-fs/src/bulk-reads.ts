import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from 'node:fs';
import { HoldfastError } from '@holdfast/errors';
import { attempt } from './attempt.js';
import type { DirectoryEntry, FileStat } from './file-system.js';
import { fsError } from './fs-error.js';
import { kindOf, toStat } from './node-file-system.js';

/**
 * Reading many small files by synchronous calls: the hop to a thread and back costs more than the call. Whoever uses it
 * lets the event loop run every few milliseconds. Errors are those of `FileSystem`; nothing follows a link at the last
 * component, and no call waits on a FIFO.
 */
export interface BulkReads {
  /** Entries without `.` and `..`, in no order; a directory of any size takes the same memory. */
  entries(path: string): Iterable<DirectoryEntry>;
  /**
   * The whole of a file; undefined where there is none. The bytes are valid until the next call.
   *
   * @param isWhole tells from the bytes that they are all there are: it saves asking the system whether more come
   * @throws HoldfastError `fs.failed` when it is larger than `limit` bytes, and others of the `fs.` family
   */
  readFile(path: string, limit: number, isWhole?: (bytes: Buffer) => boolean): Buffer | undefined;
  lstat(path: string): FileStat | undefined;
}

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
/** Most files are shorter: one read, and no look at the size first. */
const FIRST_READ = 1 << 16;
const ENTRIES_AT_ONCE = 512;
/** By its own size, some thousand entries at the most: read at once, which costs half as much. */
const SMALL_DIRECTORY = 1 << 16;

export function nodeBulkReads(): BulkReads {
  return new NodeBulkReads();
}

class NodeBulkReads implements BulkReads {
  private buffer = Buffer.allocUnsafeSlow(FIRST_READ);

  *entries(path: string): Generator<DirectoryEntry> {
    if (attempt('list', path, () => statSync(path)).size <= SMALL_DIRECTORY) {
      const found = attempt('list', path, () => readdirSync(path, { withFileTypes: true }));
      for (const entry of found) yield { name: entry.name, kind: kindOf(entry) };
      return;
    }
    const directory = attempt('list', path, () => opendirSync(path, { bufferSize: ENTRIES_AT_ONCE }));
    try {
      for (;;) {
        const entry = attempt('list', path, () => directory.readSync());
        if (entry === null) return;
        yield { name: entry.name, kind: kindOf(entry) };
      }
    } finally {
      directory.closeSync();
    }
  }

  readFile(path: string, limit: number, isWhole?: (bytes: Buffer) => boolean): Buffer | undefined {
    for (;;) {
      try {
        return this.readOnce(path, limit, isWhole);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT') return undefined;
        // A signal that interrupts a call only repeats it.
        if (code !== 'EINTR') throw fsError(error, 'read', path);
      }
    }
  }

  private readOnce(path: string, limit: number, isWhole?: (bytes: Buffer) => boolean): Buffer {
    const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      let done = 0;
      while (done < FIRST_READ) {
        const count = readSync(descriptor, this.buffer, done, FIRST_READ - done, done);
        const whole = this.buffer.subarray(0, done + count);
        if (count === 0 || (count < FIRST_READ && isWhole?.(whole) === true)) return whole;
        done += count;
      }
      return this.readLong(descriptor, path, limit);
    } finally {
      closeSync(descriptor);
    }
  }

  lstat(path: string): FileStat | undefined {
    const stats = attempt('look at', path, () => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
    return stats === undefined ? undefined : toStat(stats);
  }

  /** The buffer is full of the file's beginning. */
  private readLong(descriptor: number, path: string, limit: number): Buffer {
    const { size } = fstatSync(descriptor);
    if (size > limit)
      throw new HoldfastError('fs.failed', `${path} is larger than the ${limit} bytes it may have`, { path });
    const whole = Buffer.allocUnsafe(Math.max(size, FIRST_READ));
    let done = this.buffer.copy(whole, 0, 0, FIRST_READ);
    while (done < whole.length) {
      const count = readSync(descriptor, whole, done, whole.length - done, done);
      if (count === 0) break;
      done += count;
    }
    return whole.subarray(0, done);
  }
}
