import type { HoldfastError } from '@holdfast/errors';
import type { DirectoryEntry, FileStat } from './file-system.js';

/**
 * The second face of the seam: the same files by synchronous calls, for work on hundreds of thousands of entries, where
 * the hop to a thread and back costs more than the call (docs/decisions/0030). Whoever uses it lets the event loop
 * run every few milliseconds. Errors are those of `FileSystem`.
 */
export interface BulkFiles {
  /** Entries without `.` and `..`, in no order. */
  readDirectory(path: string): readonly DirectoryEntry[];
  /** Never follows a link at the last component. */
  lstat(path: string): BulkStat;
  /** The mode exactly: the umask is overruled. */
  makeDirectory(path: string, mode: number): void;
  /** Hard link; `fs.exists` when `to` is taken. */
  link(from: string, to: string): void;
  unlink(path: string): void;
  removeDirectory(path: string): void;
  rename(from: string, to: string): void;
  /**
   * Copies a regular file, never following a link, to a new name with the given mode; `onChunk` sees each chunk, and
   * may not keep it. Holes stay holes. Returns what the source was when it was opened. A failed copy leaves nothing.
   * The whole copy is one call: for files of more than a few MiB there is `copyLargeFile`.
   */
  copyFile(from: string, to: string, options: BulkCopyOptions): FileStat;
  utimes(path: string, atimeMs: number, mtimeMs: number): void;
  chown(path: string, uid: number, gid: number): void;
  chmod(path: string, mode: number): void;
  /** Makes a file, or the names in a directory, durable. */
  sync(path: string): void;
  /**
   * Makes everything at and below a directory durable: all of its file system at once where the system can, else entry
   * by entry.
   */
  syncTree(path: string): Promise<void>;
  /**
   * Makes what has been written to the file system of `path` so far durable, beside other work; false: the system cannot.
   * Undefined: it is not done, and `syncTree` at the end has it all to do.
   */
  readonly syncEarly?: ((path: string) => Promise<boolean>) | undefined;
  /**
   * Another thread, for what can be done beside the work of this one. Undefined: there is none, and the caller makes the
   * same calls one by one.
   */
  readonly beside?: BesideFiles | undefined;
}

/** Work on many files that goes on while the caller does other things. Calls are done in the order in which they were made. */
export interface BesideFiles {
  /** Makes directories in this order, mode 0700. The first that fails ends it. */
  makeDirectories(paths: readonly string[]): Promise<void>;
  /** Does the tasks in this order, and tells of each what came of it; one that fails does not end it. */
  doTasks(tasks: readonly BesideTask[], options: BesideOptions): Promise<readonly BesideOutcome[]>;
}

/** What it names lies in the directory `to` of `BesideOptions`. */
export type BesideTask =
  /** As `makeDirectory`. */
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  /** As `copyFile`, from the same path in the directory `from`, with the digest; the file is read whole. */
  | { readonly kind: 'copy'; readonly path: string }
  /** Sets the owner, if given, and the time of modification of what is there. */
  | {
      readonly kind: 'finish';
      readonly path: string;
      readonly owner?: Owner | undefined;
      readonly mtimeMs: number;
    };

export interface BesideOptions {
  /** The directory that is copied from. */
  readonly from: string;
  /** The directory that is worked in. */
  readonly to: string;
  /** Keep the times of modification of what is copied. */
  readonly times?: boolean;
  /** Keep owner and group of what is copied; only root may. */
  readonly owner?: boolean;
  /** Whose new files are without being told so: that owner is not set again. */
  readonly ownerOfNew?: Owner | undefined;
  /** Bytes; a file that has more is not copied. Default: any. */
  readonly largest?: number;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export type BesideOutcome =
  | { readonly kind: 'done' }
  /** What the source was when it was opened; the SHA-256 of what was copied, base64. */
  | {
      readonly kind: 'copied';
      readonly stat: Pick<FileStat, 'size' | 'mode' | 'uid' | 'gid' | 'mtimeMs'>;
      readonly sha256: string;
    }
  /** Left to the caller. */
  | { readonly kind: 'too-large'; readonly size: number }
  | { readonly kind: 'failed'; readonly error: HoldfastError };

export interface BulkStat extends FileStat {
  /** When the inode last changed (`ctime`), milliseconds since 1970: nobody can set it. */
  readonly changedMs: number;
}

export interface BulkCopyOptions {
  /** Default: that of the source. */
  readonly mode?: number;
  /** Keep the time of modification. */
  readonly times?: boolean;
  /** Keep owner and group; only root may. */
  readonly owner?: boolean;
  readonly onChunk?: (chunk: Uint8Array) => void;
}
