/**
 * The seam between Holdfast and the operating system's files. Everything that reads or writes a file goes through
 * this interface, so that a test can put a faulty implementation in its place (@holdfast/test-kit).
 *
 * Contract of every implementation
 * - Errors are `HoldfastError`s made by `fsError`: a code of the `fs.` family, the path, the cause.
 * - `read` may return fewer bytes than asked for, 0 only at the end of the file; `write` may write fewer bytes
 *   than given. `readFully` and `writeAll` are the ways to use them.
 * - Nothing follows a symbolic link unless it says so. Modes are given, never left to the umask's default.
 * - After a failed `sync` the file's content is unknown: it is thrown away, never synced again.
 */

export interface FileStat {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  readonly size: number;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Device and inode as decimal text: they can be larger than a safe integer. */
  readonly dev: string;
  readonly ino: string;
  readonly links: number;
  /** Milliseconds since 1970. */
  readonly mtimeMs: number;
  /** Milliseconds since 1970; 0 where the file system does not keep it. */
  readonly birthtimeMs: number;
}

export interface OpenFile {
  readonly path: string;
  /** The descriptor's number, for kernel locks. */
  readonly fd: number;
  /** Reads into `target` from the file's byte `position`; the number of bytes read, 0 at the end. */
  read(target: Uint8Array, position: number): Promise<number>;
  /** Writes `bytes` at the file's byte `position`; the number of bytes written, possibly fewer. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  stat(): Promise<FileStat>;
  truncate(size: number): Promise<void>;
  /** Flushes data and metadata to the disk. */
  sync(): Promise<void>;
  chmod(mode: number): Promise<void>;
  /** Times in milliseconds since 1970. */
  utimes(atimeMs: number, mtimeMs: number): Promise<void>;
  chown(uid: number, gid: number): Promise<void>;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Follow a symbolic link at the last component (a `Data.fs` may be one). Default: refuse with `fs.not-a-regular-file`. */
  readonly followSymlinks?: boolean;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: FileStat['kind'];
}

export interface FileSystem {
  /** Opens an existing regular file for reading. Anything else than a regular file is refused without blocking. */
  openRead(path: string, options?: OpenOptions): Promise<OpenFile>;
  /** Makes a new file, open for reading and writing; `fs.exists` when the name is taken, also by a dangling link. */
  create(path: string, mode: number): Promise<OpenFile>;
  /** Opens an existing regular file for reading and writing, without truncating it. */
  openWrite(path: string): Promise<OpenFile>;
  /** Never follows a link at the last component. */
  lstat(path: string): Promise<FileStat>;
  /** Follows links. */
  stat(path: string): Promise<FileStat>;
  /** Entries without `.` and `..`, in no order. */
  readDirectory(path: string): Promise<readonly DirectoryEntry[]>;
  /** Target of a symbolic link, as written. */
  readLink(path: string): Promise<string>;
  /** The path with every link resolved. */
  realPath(path: string): Promise<string>;
  /**
   * Whether this process may make and remove names in a directory, as far as the system tells without trying.
   *
   * @throws HoldfastError `fs.permission`, `fs.read-only` when it may not
   */
  expectWritable(path: string): Promise<void>;
  /** Replaces `to` when it exists. */
  rename(from: string, to: string): Promise<void>;
  /** Hard link; `fs.exists` when `to` is taken. */
  link(from: string, to: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  makeDirectory(path: string, mode: number): Promise<void>;
  removeDirectory(path: string): Promise<void>;
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): Promise<void>;
  /** Free bytes for this user, and the block size, of the file system that holds `path`. */
  freeSpace(path: string): Promise<{ readonly freeBytes: number }>;
}
