import type { SetKind } from './config.js';

/**
 * The record of a backup set: what one run made or found of all storages, so that they fit together
 * (docs/formats/sets.md). It lies in the main storage's filestorage location (without a filestorage: its blob
 * location) as `<id>.holdfast-set` and is published last: a set without its record is not complete. It names files, never
 * places: those come from the configuration, so a location can be moved.
 */
export interface SetRecord {
  readonly version: 1;
  /** `YYYY-MM-DD-hh-mm-ss`, UTC: the latest stamp of its parts. */
  readonly id: string;
  readonly kind: SetKind;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly parts: readonly SetPart[];
}

export interface SetPart {
  /** `StorageConfig.name`. */
  readonly storage: string;
  readonly filestorage: FilestoragePart | undefined;
  readonly blobs: BlobPart | undefined;
}

export interface FilestoragePart {
  /** The data file that completes the state. */
  readonly name: string;
  /** Stamp of the full backup that its chain begins with. */
  readonly chain: string;
  readonly kind: 'full' | 'increment';
  /** Range of the source that the file holds, bytes. */
  readonly start: number;
  readonly end: number;
  readonly storedSize: number;
  readonly transactions: number;
  /** Last transaction of the state, 16 hex digits. */
  readonly tid: string | undefined;
  readonly lineage: string | undefined;
  /** Of the uncompressed bytes of the file, hex. */
  readonly md5: string;
}

/** A blob by its object and transaction, 16 hex digits each. */
export interface MissingBlob {
  readonly oid: string;
  readonly tid: string;
}

export interface BlobPart {
  /** `BlobBackup.id`. */
  readonly id: string;
  readonly style: 'tree' | 'pool' | 'archive' | 'delta';
  readonly files: number;
  readonly bytes: number;
  readonly addedFiles: number;
  readonly addedBytes: number;
  /** Blobs that the `Data.fs` refers to and that the source did not have. */
  readonly missing: number;
  /** Some of them: where these are all, the next backup looks for them again. */
  readonly missingBlobs: readonly MissingBlob[];
  readonly manifestSha256: string;
}
