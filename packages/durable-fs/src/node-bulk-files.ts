import * as fs from 'node:fs';
import { join } from 'node:path';
import { HoldfastError } from '@holdfast/errors';
import { attempt } from './attempt.js';
import { besideFiles } from './beside-files.js';
import type { BulkCopyOptions, BulkFiles, BulkStat } from './bulk-files.js';
import type { DirectoryEntry, FileStat } from './file-system.js';
import { stretchesToWrite } from './holes.js';
import { kindOf } from './node-file-system.js';
import { settableMs } from './settable-time.js';
import { syncFileSystem } from './sync-file-system.js';
import { CHUNK_SIZE } from './transfer.js';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;
const READ = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
const CREATE = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;

/** The buffer of all copies: calls are synchronous, so one at a time uses it. */
let shared: Buffer | undefined;

/** The real files, by the synchronous calls of `node:fs`. */
export const nodeBulkFiles: BulkFiles = {
  readDirectory: (path) =>
    attempt('list', path, () =>
      fs
        .readdirSync(path, { withFileTypes: true })
        .map((entry): DirectoryEntry => ({ name: entry.name, kind: kindOf(entry) })),
    ),
  lstat: (path) => attempt('look at', path, () => toBulkStat(fs.lstatSync(path))),
  makeDirectory: (path, mode) =>
    attempt('make the directory', path, () => {
      fs.mkdirSync(path, { mode });
      if (needsChmod(mode)) fs.chmodSync(path, mode);
    }),
  link: (from, to) => attempt(`link ${from} to`, to, () => fs.linkSync(from, to)),
  unlink: (path) => attempt('remove', path, () => fs.unlinkSync(path)),
  removeDirectory: (path) => attempt('remove the directory', path, () => fs.rmdirSync(path)),
  rename: (from, to) => attempt(`rename ${from} to`, to, () => fs.renameSync(from, to)),
  copyFile,
  utimes: (path, atimeMs, mtimeMs) =>
    attempt('set the times of', path, () =>
      fs.utimesSync(path, settableMs(atimeMs) / 1000, settableMs(mtimeMs) / 1000),
    ),
  chown: (path, uid, gid) => attempt('set the owner of', path, () => fs.lchownSync(path, uid, gid)),
  chmod: (path, mode) => attempt('set the mode of', path, () => fs.chmodSync(path, mode)),
  sync: (path) => withFile(path, READ, 0, (fd) => attempt('sync', path, () => fs.fsyncSync(fd))),
  async syncTree(path) {
    if (!(await syncFileSystem(path))) syncEach(path);
  },
  syncEarly: syncFileSystem,
  beside: besideFiles(),
};

function copyFile(from: string, to: string, options: BulkCopyOptions): FileStat {
  return withFile(from, READ, 0, (source) => {
    const stat = toBulkStat(attempt('look at', from, () => fs.fstatSync(source)));
    if (stat.kind !== 'file')
      throw new HoldfastError('fs.not-a-regular-file', `cannot copy ${from}: not a regular file`, {
        path: from,
      });
    const mode = options.mode ?? stat.mode & 0o777;
    const target = attempt('make', to, () => fs.openSync(to, CREATE, mode & 0o777));
    try {
      copyBytes(source, target, { from, to, size: stat.size }, options.onChunk);
      attempt('set the owner, mode and times of', to, () => {
        // The owner first: a change of owner takes bits off the mode.
        if (options.owner === true) fs.fchownSync(target, stat.uid, stat.gid);
        if (needsChmod(mode)) fs.fchmodSync(target, mode);
        const seconds = settableMs(stat.mtimeMs) / 1000;
        if (options.times === true) fs.futimesSync(target, seconds, seconds);
      });
      attempt('close', to, () => fs.closeSync(target));
    } catch (error) {
      throwAway(target, to);
      throw error;
    }
    return stat;
  });
}

interface Copy {
  readonly from: string;
  readonly to: string;
  readonly size: number;
}

function copyBytes(
  source: number,
  target: number,
  { from, to, size }: Copy,
  onChunk: BulkCopyOptions['onChunk'],
): void {
  shared ??= Buffer.allocUnsafeSlow(CHUNK_SIZE);
  let written = 0;
  for (let done = 0; ; ) {
    const chunk = shared.subarray(0, readFully(source, shared, done, size, from));
    if (chunk.length === 0) {
      if (done < size)
        throw new HoldfastError('fs.short-read', `${from} became shorter while it was copied`, {
          path: from,
          offset: done,
        });
      if (written < done) attempt('truncate', to, () => fs.ftruncateSync(target, done));
      return;
    }
    onChunk?.(chunk);
    for (const { start, end } of stretchesToWrite(chunk)) {
      writeAll(target, chunk.subarray(start, end), done + start, to);
      written = done + end;
    }
    done += chunk.length;
  }
}

/** Fills the buffer as far as the file goes; a file that has given as many bytes as it should is not asked again. */
function readFully(fd: number, buffer: Buffer, position: number, size: number, path: string): number {
  let count = 0;
  while (count < buffer.length) {
    if (count > 0 && position + count === size) break;
    if (count === 0 && position > 0 && position === size) break;
    const at = count;
    const more = attempt('read', path, () => fs.readSync(fd, buffer, at, buffer.length - at, position + at));
    if (more === 0) break;
    count += more;
  }
  return count;
}

function writeAll(fd: number, bytes: Uint8Array, position: number, path: string): void {
  let done = 0;
  while (done < bytes.length) {
    const at = done;
    const count = attempt('write', path, () => fs.writeSync(fd, bytes, at, bytes.length - at, position + at));
    if (count <= 0)
      throw new HoldfastError('fs.no-space', `cannot write ${path}: no byte was accepted`, { path });
    done += count;
  }
}

function throwAway(fd: number, path: string): void {
  for (const step of [() => fs.closeSync(fd), () => fs.unlinkSync(path)]) {
    try {
      step();
    } catch {
      // What went wrong before is the error to tell.
    }
  }
}

function withFile<T>(path: string, flags: number, mode: number, use: (fd: number) => T): T {
  const fd = attempt('open', path, () => fs.openSync(path, flags, mode));
  try {
    return use(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Children before their directories: a name is durable only after what it names. */
function syncEach(directory: string): void {
  for (const { name, kind } of nodeBulkFiles.readDirectory(directory)) {
    const path = join(directory, name);
    if (kind === 'directory') syncEach(path);
    else if (kind === 'file') nodeBulkFiles.sync(path);
  }
  withFile(directory, O_RDONLY | O_DIRECTORY, 0, (fd) =>
    attempt('sync the directory', directory, () => fs.fsyncSync(fd)),
  );
}

let umask: number | undefined;

/** Whether `open` and `mkdir` would not give the mode exactly. The umask is read once. */
function needsChmod(mode: number): boolean {
  umask ??= process.umask();
  return (mode & umask) !== 0 || mode > 0o777;
}

function toBulkStat(stats: fs.Stats): BulkStat {
  return {
    kind: kindOf(stats),
    size: stats.size,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    dev: String(stats.dev),
    ino: String(stats.ino),
    links: stats.nlink,
    mtimeMs: stats.mtimeMs,
    birthtimeMs: stats.birthtimeMs,
    changedMs: stats.ctimeMs,
  };
}
