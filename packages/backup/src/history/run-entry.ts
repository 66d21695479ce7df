import type { SetKind } from '../config.js';

/**
 * One run of a command on a site, kept so that one can see how long things take and what failed
 * (docs/formats/sets.md, "The history"). Sets say what there is; this says what was tried.
 */
export interface RunEntry {
  /** `restore-test`: a restore to a directory of its own (`restore --to`). */
  readonly kind: RunKind;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly result: 'done' | 'failed' | 'cancelled';
  /** Of the error, where it failed: its code and its first line. */
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  /** The set that was made or found, checked (the newest of them) or restored. */
  readonly set?: string | undefined;
  /** Of which kind the sets were that were checked, pruned or restored. */
  readonly setKind?: SetKind | undefined;
  /** Of a check. */
  readonly level?: 'quick' | 'stored' | 'deep' | undefined;
  /** Bytes that were copied in, read or restored. */
  readonly bytes?: number | undefined;
}

export type RunKind = 'backup' | 'snapshot' | 'zip' | 'verify' | 'prune' | 'restore' | 'restore-test';
