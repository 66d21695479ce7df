import type { BlobEngine, BlobProgress } from '@holdfast/blob-snapshot';
import type { BulkFiles, Clock, FileSystem } from '@holdfast/durable-fs';
import type { Engine, Progress } from '@holdfast/filestorage-backup';
import { LocalStore } from '@holdfast/filestorage-backup';
import type { GzipCodec } from '@holdfast/gzip-members';

/** The outside world of every operation on sets, handed in. */
export interface World {
  readonly fs: FileSystem;
  readonly bulk: BulkFiles;
  readonly clock: Clock;
  readonly codec: () => GzipCodec;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress | BlobProgress) => void) | undefined;
  /** Told what should be looked at but fails nothing: one sentence. */
  readonly warn?: ((text: string) => void) | undefined;
  /** Called before and after each step that changes something; tests stop the work there. */
  readonly failpoint?: ((name: string) => Promise<void> | void) | undefined;
}

/** The filestorage engine on one repository. */
export function engineOn(world: World, repository: string): Engine {
  const { fs, clock, codec, signal, onProgress, failpoint } = world;
  return { fs, store: new LocalStore(fs, repository), clock, codec, signal, onProgress, failpoint };
}

/** The engine of blobs. */
export function blobEngine({ fs, bulk, clock, signal, onProgress, failpoint }: World): BlobEngine {
  return { fs, bulk, clock, signal, onProgress, failpoint };
}
