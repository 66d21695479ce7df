import { type BigIntStats, constants } from 'node:fs';
import * as fsp from 'node:fs/promises';
import { HoldfastError } from '@holdfast/errors';
import type { DirectoryEntry, FileStat, FileSystem, OpenFile, OpenOptions } from './file-system.js';
import { fsError } from './fs-error.js';
import { settableMs } from './settable-time.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_DIRECTORY } = constants;

/** The real file system, through `node:fs/promises`. */
export const nodeFileSystem: FileSystem = {
  async openRead(path, options) {
    return openRegular(path, O_RDONLY, options);
  },
  async create(path, mode) {
    const flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
    const handle = await attempt('make', path, () => fsp.open(path, flags, mode));
    return new NodeFile(path, handle);
  },
  async openWrite(path) {
    return openRegular(path, O_RDWR);
  },
  async lstat(path) {
    return toStat(await attempt('look at', path, () => fsp.lstat(path, { bigint: true })));
  },
  async stat(path) {
    return toStat(await attempt('look at', path, () => fsp.stat(path, { bigint: true })));
  },
  async readDirectory(path) {
    const entries = await attempt('list', path, () => fsp.readdir(path, { withFileTypes: true }));
    return entries.map((entry): DirectoryEntry => ({ name: entry.name, kind: kindOf(entry) }));
  },
  async readLink(path) {
    return attempt('read the link', path, () => fsp.readlink(path));
  },
  async realPath(path) {
    return attempt('resolve', path, () => fsp.realpath(path));
  },
  async expectWritable(path) {
    await attempt('write to', path, () => fsp.access(path, fsp.constants.W_OK | fsp.constants.X_OK));
  },
  async rename(from, to) {
    await attempt(`rename ${from} to`, to, () => fsp.rename(from, to));
  },
  async link(from, to) {
    await attempt(`link ${from} to`, to, () => fsp.link(from, to));
  },
  async symlink(target, path) {
    await attempt('make the link', path, () => fsp.symlink(target, path));
  },
  async unlink(path) {
    await attempt('remove', path, () => fsp.unlink(path));
  },
  async makeDirectory(path, mode) {
    await attempt('make the directory', path, () => fsp.mkdir(path, { mode }));
  },
  async removeDirectory(path) {
    await attempt('remove the directory', path, () => fsp.rmdir(path));
  },
  async syncDirectory(path) {
    const handle = await attempt('open', path, () => fsp.open(path, O_RDONLY | O_DIRECTORY));
    try {
      await attempt('sync the directory', path, () => handle.sync());
    } finally {
      await handle.close();
    }
  },
  async freeSpace(path) {
    const { bavail, bsize } = await attempt('ask for the free space of', path, () => fsp.statfs(path));
    return { freeBytes: bavail * bsize };
  },
};

/** O_NONBLOCK keeps the open from waiting on a FIFO; it means nothing for a regular file. */
async function openRegular(path: string, access: number, options: OpenOptions = {}): Promise<OpenFile> {
  const flags = access | O_NONBLOCK | (options.followSymlinks === true ? 0 : O_NOFOLLOW);
  const handle = await attempt('open', path, () => fsp.open(path, flags));
  const file = new NodeFile(path, handle);
  try {
    const { kind } = await file.stat();
    if (kind === 'file') return file;
    throw new HoldfastError('fs.not-a-regular-file', `cannot open ${path}: not a regular file`, { path });
  } catch (error) {
    await file.close();
    throw error;
  }
}

class NodeFile implements OpenFile {
  constructor(
    readonly path: string,
    private readonly handle: fsp.FileHandle,
  ) {}

  get fd(): number {
    return this.handle.fd;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    const { bytesRead } = await this.run('read', () => this.handle.read(target, 0, target.length, position));
    return bytesRead;
  }

  async write(bytes: Uint8Array, position: number): Promise<number> {
    const { bytesWritten } = await this.run('write', () =>
      this.handle.write(bytes, 0, bytes.length, position),
    );
    return bytesWritten;
  }

  async stat(): Promise<FileStat> {
    return toStat(await this.run('look at', () => this.handle.stat({ bigint: true })));
  }

  async truncate(size: number): Promise<void> {
    await this.run('truncate', () => this.handle.truncate(size));
  }

  async sync(): Promise<void> {
    await this.run('sync', () => this.handle.sync());
  }

  async chmod(mode: number): Promise<void> {
    await this.run('set the mode of', () => this.handle.chmod(mode));
  }

  async utimes(atimeMs: number, mtimeMs: number): Promise<void> {
    await this.run('set the times of', () =>
      this.handle.utimes(settableMs(atimeMs) / 1000, settableMs(mtimeMs) / 1000),
    );
  }

  async chown(uid: number, gid: number): Promise<void> {
    await this.run('set the owner of', () => this.handle.chown(uid, gid));
  }

  async close(): Promise<void> {
    await this.run('close', () => this.handle.close());
  }

  private run<T>(operation: string, call: () => Promise<T>): Promise<T> {
    return attempt(operation, this.path, call);
  }
}

/** Runs one call of Node's; a signal that interrupts it (EINTR reaches JavaScript on reads) only repeats it. */
async function attempt<T>(operation: string, path: string, call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EINTR') continue;
      throw fsError(cause, operation, path);
    }
  }
}

export function toStat(stats: BigIntStats): FileStat {
  return {
    kind: kindOf(stats),
    size: Number(stats.size),
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    dev: String(stats.dev),
    ino: String(stats.ino),
    links: Number(stats.nlink),
    // As a number, nanoseconds of today are good to 256: cut to microseconds, or a whole millisecond becomes the one before.
    mtimeMs: Number(stats.mtimeNs / 1000n) / 1000,
    birthtimeMs: Number(stats.birthtimeNs) / 1e6,
  };
}

export function kindOf(entry: {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}): FileStat['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}
