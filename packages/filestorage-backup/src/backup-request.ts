import type { OpenFile } from '@holdfast/durable-fs';
import type { ScanVisitor } from '@holdfast/filestorage';
import type { RepositoryLock } from '@holdfast/lockfile';
import type { FullReason } from './plan.js';
import type { FileRecord } from './record.js';
import type { RepairAction } from './repair.js';

export interface BackupRequest {
  /** Path of the `Data.fs`. */
  readonly source: string;
  /** Make a full backup whatever there is. */
  readonly full?: boolean;
  /** Compare the whole backed-up part of the source, not only its checkpoints. */
  readonly thorough?: boolean;
  /** Compress. Default true. */
  readonly gzip?: boolean;
  /** Take a source that is not the storage of this repository, or an older state of it, as a new history. */
  readonly acceptNewHistory?: boolean;
  /** Plan only: nothing is written. */
  readonly dryRun?: boolean;
  readonly lock: RepositoryLock;
  /** Sees the transactions that are copied: of a full backup all, of an increment the new ones. */
  readonly observe?: ScanVisitor;
  /**
   * Called when the data are copied and durable, before anything of them appears in the repository. Where it throws,
   * nothing appears. What belongs to these transactions (their blobs) is secured here, from the same open file.
   */
  readonly beforePublish?: (made: BackedUp) => Promise<void>;
  /** Called in its place where there is nothing to publish: the state is the one that the repository holds already. */
  readonly whenUnchanged?: (found: BackedUp) => Promise<void>;
}

/** A state of the storage, and the open file that it was read from. */
export interface BackedUp {
  readonly state: BackedUpState;
  /** The source as it was read: still the old file where a pack put a new one in its place meanwhile. */
  readonly file: OpenFile;
}

/** The newest state that the repository holds, and the file that completes it. */
export interface BackedUpState {
  /** Stamp of the full backup that the chain begins with. */
  readonly chain: string;
  readonly lineage: string;
  readonly kind: 'full' | 'increment';
  readonly file: FileRecord;
  /** All files of the chain, `file` the last. */
  readonly files: readonly FileRecord[];
  /** Last transaction of the state, hex; undefined: it has none. */
  readonly tid: string | undefined;
}

export interface BackupResult {
  readonly kind: 'full' | 'increment' | 'nothing';
  readonly reason: FullReason | 'grown' | 'unchanged' | 'unfinished-tail';
  /** Name of the new data file; undefined for nothing and for a dry run. */
  readonly name: string | undefined;
  /** Range of the source that the new file holds, bytes. */
  readonly start: number;
  readonly end: number;
  readonly storedSize: number;
  readonly transactions: number;
  /** Last transaction of the backed-up state: tid in hex and its time in milliseconds since 1970. */
  readonly last: { readonly tid: string; readonly time: number } | undefined;
  /** What the repository holds now; undefined for a dry run. */
  readonly state: BackedUpState | undefined;
  /** What was mended in the repository first. */
  readonly repairs: readonly RepairAction[];
  readonly warnings: readonly string[];
  readonly dryRun: boolean;
}
