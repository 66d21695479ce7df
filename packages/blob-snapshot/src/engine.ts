import type { BulkFiles, Clock, FileSystem } from '@holdfast/durable-fs';

/** What every operation on blobs works with: the outside world, handed in. */
export interface BlobEngine {
  readonly fs: FileSystem;
  /** The same files by synchronous calls, for trees of hundreds of thousands of entries (docs/decisions/0030). */
  readonly bulk: BulkFiles;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BlobProgress) => void) | undefined;
  /** Called before and after each step that changes the location; tests stop the work there. */
  readonly failpoint?: ((name: string) => Promise<void> | void) | undefined;
}

export interface BlobProgress {
  readonly phase: 'blobs' | 'check-blobs' | 'restore-blobs';
  /** Files done; `total` is undefined where it is not known before the end. */
  readonly files: number;
  readonly bytes: number;
  readonly total: number | undefined;
}
