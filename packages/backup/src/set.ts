import type { SetKind } from './config.js';
import type { SetRecord } from './set-record.js';

/** A set as `list`, `show`, `restore`, `prune` and `verify` see it. */
export interface BackupSet {
  readonly id: string;
  readonly kind: SetKind;
  /** Milliseconds since 1970, of the id. */
  readonly timeMs: number;
  readonly record: SetRecord;
  /** `peer`: no record, pieced together from the names that repozo or the recipe left. */
  readonly origin: 'holdfast' | 'peer';
  /** Whether every file that the record names is there, by name and size; else what is not. */
  readonly problems: readonly string[];
  /** Those of the problems that a restore of `Data.fs` alone does not meet. */
  readonly blobProblems: readonly string[];
  /** Storages that the record names and the configuration does not: no problem, but they are not restored. */
  readonly strangers: readonly string[];
  readonly pinned: boolean;
  /** The last check of it. */
  readonly verified: { readonly timeMs: number; readonly level: string; readonly sound: boolean } | undefined;
}
