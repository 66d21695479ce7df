import type { Clock, FileSystem } from '@holdfast/durable-fs';

/** What snapshot mode works with: the outside world, handed in. */
export interface SnapshotEngine {
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** Ends the entering and the waiting for a retry; leaving is never cut short. */
  readonly signal?: AbortSignal | undefined;
  readonly log?: SnapshotLog | undefined;
}

/** Where the steps are told. */
export interface SnapshotLog {
  /** The messages that a user of DirectoryStorage's own tool knows. */
  message(text: string): void;
  /** For `-v`. */
  detail(text: string): void;
  /** What somebody should mend, though it works. */
  warn(text: string): void;
}

const SILENT: SnapshotLog = { message: () => {}, detail: () => {}, warn: () => {} };

export function logOf({ log }: SnapshotEngine): SnapshotLog {
  return log ?? SILENT;
}
