import type { BlobCounts } from './blob-backup.js';
import type { BlobEntry } from './entry.js';

export type BlobStyle =
  | { readonly kind: 'tree'; readonly rotated: boolean }
  /** Shares the tree of the last whole one where the request has `changes`; else begins a new tree. */
  | { readonly kind: 'pool' }
  | {
      readonly kind: 'archive';
      readonly rotated: boolean;
      readonly gzip: boolean;
      /** Write a delta where there is an archive to continue, and `full` was not asked for. */
      readonly incremental: boolean;
    };

/** A blob by its object and transaction, 16 hex digits each. */
export interface BlobReference {
  readonly oid: string;
  readonly tid: string;
}

export interface BlobBackupRequest {
  /** The blob directory of the site. */
  readonly source: string;
  /** The directory that keeps the backups. */
  readonly location: string;
  /** `YYYY-MM-DD-hh-mm-ss`: that of the filestorage backup, or of now. */
  readonly stamp: string;
  readonly style: BlobStyle;
  /** The state of the `Data.fs` that this goes with. */
  readonly data?: { readonly end: number; readonly tid: string | undefined } | undefined;
  /**
   * The log-driven increment: which blobs the transactions between `since` and `data` made. Only these are looked at
   * in the source. Undefined, or where the newest backup is not the one of `since`: the source is walked.
   */
  readonly changes?:
    | {
        readonly since: { readonly stamp: string; readonly end: number };
        readonly made: readonly BlobReference[];
      }
    | undefined;
  /** Make a plain archive, not a delta; begin a new tree, not share one. */
  readonly full?: boolean;
  /** Link also what is copied for the first time (`rsync_hard_links_on_first_copy`). */
  readonly linkFirstCopy?: boolean;
  /** rsync's patterns of what to leave out, beyond `tmp/` and temporary files. */
  readonly exclude?: readonly string[];
  /**
   * Paths that a check found damaged in the newest backup: they are copied again, and it is not gone on from. `all`:
   * nothing of it is taken over.
   */
  readonly damaged?: ReadonlySet<string> | 'all' | undefined;
  /** Tell what would be done, write nothing. */
  readonly dryRun?: boolean;
  /** Each entry of the new state that is looked at: of a walk all, of a log-driven increment the new ones. */
  readonly onEntry?: ((entry: BlobEntry) => void) | undefined;
  /** Each thing that is new, changed, gone or left out. */
  readonly onItem?: ((item: BlobItem) => void) | undefined;
}

export interface BlobItem {
  readonly action: 'copied' | 'linked' | 'made' | 'gone' | 'excluded' | 'refused';
  readonly entry: Pick<BlobEntry, 'path'>;
  /** For `refused`: symbolic link, FIFO, device, unreadable, a name that is not UTF-8. */
  readonly reason?: string;
}

export interface BlobBackupSummary {
  /** As `BlobBackup.id` will be. */
  readonly id: string;
  readonly style: 'tree' | 'pool' | 'archive' | 'delta';
  /** All of this state, and what it has beyond the one before. */
  readonly total: BlobCounts;
  readonly added: BlobCounts;
  readonly linked: number;
  readonly copied: number;
  readonly gone: number;
  /** Why files were copied that should have been linked; undefined: none was. */
  readonly cannotLink: string | undefined;
  /** Carried, but with names that are no blob's; at most 100 of them. */
  readonly unknown: { readonly count: number; readonly paths: readonly string[] };
  /** Not carried; at most 100 of them. */
  readonly refused: { readonly count: number; readonly items: readonly BlobItem[] };
  /** References of `changes` without a file in the source. */
  readonly missing: readonly BlobReference[];
  /** SHA-256 of the manifest, base64: what a set record holds it by. */
  readonly manifestSha256: string;
}

/** Blobs that are copied and on the disk, but not yet under their name. */
export interface PreparedBlobs extends AsyncDisposable {
  readonly summary: BlobBackupSummary;
  /** Gives them their name (and moves the rotated ones on, and sets `latest`). Once. */
  publish(): Promise<void>;
  /** Takes away what was not published. Safe at any time, and twice. */
  dispose(): Promise<void>;
}
