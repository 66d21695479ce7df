import type { RunEntry, SetKind } from '@holdfast/backup';

/** A storage as somebody sees it who wonders whether the site could be restored. Plain data; times are milliseconds since 1970. */
export interface StorageStatus {
  readonly name: string;
  readonly kind: 'filestorage' | 'directorystorage';
  readonly readAtMs: number;
  readonly source: SourceStatus;
  /** The live blob directory; undefined: it has none. */
  readonly blobStorage: string | undefined;
  /** Of all kinds, oldest first. */
  readonly sets: readonly SetSummary[];
  /** The newest whole set that a restore would take; undefined: nothing can be restored. */
  readonly newest: SetSummary | undefined;
  /**
   * The newest set that the last check of its kind found damaged; where there is none, the newest check that was written
   * down, of any set. One run of `holdfast verify` checks kind after kind: a sound archive does not hide a damaged backup.
   */
  readonly verified:
    | { readonly setId: string; readonly timeMs: number; readonly level: string; readonly sound: boolean }
    | undefined;
  /** What a crash now would lose; undefined: not known (no source, or no set). */
  readonly uncovered: Uncovered | undefined;
  /** Oldest first. */
  readonly runs: readonly RunEntry[];
  readonly locks: readonly LockStatus[];
  /** What could not be read, or does not fit together. One sentence each, without paths of other places. */
  readonly problems: readonly string[];
  /** Those of the problems that kept backups from being seen; none: all that is there was read. */
  readonly unread?: readonly string[];
  readonly verdict: Verdict;
}

export interface SourceStatus {
  /** `Data.fs`, or the directory. */
  readonly path: string;
  readonly present: boolean;
  readonly bytes: number | undefined;
  /** It ends with no whole transaction, and grew while it was looked at: a commit is being written. */
  readonly growing?: boolean;
  /** Last whole transaction, 16 hex digits, and its time. */
  readonly tid: string | undefined;
  readonly committedMs: number | undefined;
}

export interface SetSummary {
  readonly id: string;
  readonly kind: SetKind;
  readonly timeMs: number;
  readonly origin: 'holdfast' | 'peer';
  /** Of the Data.fs part; undefined: blobs only. */
  readonly part: 'full' | 'increment' | undefined;
  /** Stamp of the full backup of its chain. */
  readonly chain: string | undefined;
  readonly tid: string | undefined;
  /** Of the Data.fs at that moment; what is new in it; what is stored for that. Bytes. */
  readonly dataBytes: number | undefined;
  readonly newBytes: number | undefined;
  readonly storedBytes: number | undefined;
  /** Undefined: it has none, or they are not counted, as in a peer's set. */
  readonly blobs:
    | {
        readonly files: number;
        readonly bytes: number;
        readonly addedFiles: number;
        readonly addedBytes: number;
      }
    | undefined;
  /** Blobs that its Data.fs refers to and that were not there when it was made. */
  readonly missingBlobs?: number | undefined;
  readonly seconds: number | undefined;
  readonly verified: { readonly timeMs: number; readonly level: string; readonly sound: boolean } | undefined;
  readonly pinned: boolean;
  readonly whole: boolean;
  /** Of one that is not whole: what is missing, one sentence. */
  readonly problem?: string | undefined;
}

export interface Uncovered {
  /** New bytes of `Data.fs` since the newest set; 0: nothing would be lost. Undefined: not known. */
  readonly bytes: number | undefined;
  /** Time of the newest set's last transaction. */
  readonly sinceMs: number | undefined;
}

export interface LockStatus {
  /** What it keeps: `storage` (`Data.fs.lock`), `repository`, `manager` (`misc/lock`), `snapshot` (`misc/sublock`). */
  readonly what: string;
  readonly path: string;
  readonly state: 'held' | 'free' | 'unknown';
  /** In words: pid, program, since when; undefined: not known, or free. */
  readonly holder: string | undefined;
}

export interface Verdict {
  /** `safe`: a recent, checked set. `attention`: it could be restored, but … `danger`: it could not, or much would be lost. */
  readonly level: 'safe' | 'attention' | 'danger';
  /** One sentence for five seconds of attention. */
  readonly headline: string;
  /** The reasons, each a sentence: what could be restored, how old, when checked, what a crash now would lose, how long a restore takes. */
  readonly reasons: readonly string[];
}
