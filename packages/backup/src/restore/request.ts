import type { BlobCounts } from '@holdfast/blob-snapshot';
import type { ChosenMoment, Engine } from '@holdfast/filestorage-backup';
import type { SetKind } from '../config.js';

/** What a restore is to put where. */
export interface RestoreRequest {
  /** In the order of work: the additional ones, the main one last. */
  readonly storages: readonly StorageRestore[];
  /**
   * A directory that is empty or missing: everything goes there instead of to the storages' own places, the main
   * storage as `Data.fs` and `blobstorage`, another one in a directory with its name (`storage-NAME` where that would be
   * one of these).
   */
  readonly to?: string | undefined;
  /** Directories of the site in which `to` may not lie: where it would be backed up, or taken for a backup. */
  readonly reserved?: readonly ReservedPlace[] | undefined;
  /** Do not keep what is replaced. Default: it stays as `.old`. */
  readonly replace?: boolean;
  /** Where the disk is too small for old and new together: remove the old first, once every byte of the backup is checked. */
  readonly freeFirst?: boolean;
  /** Compare what is read with what was recorded of it. Default true. */
  readonly check?: boolean;
  /** Looks at a storage that was built, before anything is replaced; throws to refuse it, and returns warnings. */
  readonly checkPair?: PairCheck | undefined;
  /** Path of a small file that keeps how fast restores are here, for the expected time of the next one. */
  readonly rateFile?: string | undefined;
  /** Where the run is added to the history, and what of; undefined: nowhere. */
  readonly history?: { readonly place: string; readonly set: string; readonly setKind: SetKind } | undefined;
}

export interface ReservedPlace {
  readonly path: string;
  /** For people: `the blob directory`. */
  readonly what: string;
}

export interface StorageRestore {
  /** As in the configuration; unique. */
  readonly name: string;
  /** Path of the `Data.fs`; where that is a symbolic link, the file that it leads to is replaced. */
  readonly datafs?: string | undefined;
  /** Path of the blob directory; a symbolic link stays, what it leads to is replaced. */
  readonly blobStorage?: string | undefined;
  readonly filestorage?: FilestorageSource | undefined;
  readonly blobs?: BlobSource | undefined;
}

export interface FilestorageSource {
  /** On the repository of the moment. */
  readonly engine: Engine;
  readonly moment: ChosenMoment;
}

/** A backup of blobs, as far as a restore needs it (`blobSource`). */
export interface BlobSource {
  /** Where it lies: a restore never replaces a directory that holds it. */
  readonly path: string;
  /** Undefined where that is not known beforehand: then the space is not checked. */
  readonly counts: BlobCounts | undefined;
  /** Makes the whole directory at `target`, which does not exist, durable; no file of it is a link to the backup. */
  build(target: string, options: BlobBuildOptions): Promise<BuiltBlobs>;
  /** Reads everything and compares it; throws when it could not be restored. */
  verify(): Promise<void>;
}

interface BuiltBlobs extends BlobCounts {
  readonly warnings: readonly string[];
}

interface BlobBuildOptions {
  readonly check: boolean;
  /** Owner of everything; undefined: as recorded where this process may give files away. */
  readonly owner: Owner | undefined;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** A storage that was built: nothing of it has its name yet. */
export interface BuiltPair {
  readonly source: StorageRestore;
  /** Path of the new `Data.fs`; undefined: only blobs are restored. */
  readonly datafs: string | undefined;
  /** Path of the new blob directory; undefined: none is restored. */
  readonly blobs: string | undefined;
}

export type PairCheck = (built: BuiltPair) => Promise<readonly string[]>;
