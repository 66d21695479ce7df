export type JobKind = 'backup' | 'fullbackup' | 'snapshotbackup' | 'zipbackup' | 'verify' | 'prune';

export const JOB_KINDS: readonly JobKind[] = [
  'backup',
  'fullbackup',
  'snapshotbackup',
  'zipbackup',
  'verify',
  'prune',
];

/** A backup, check or clean-up that this server runs, in a process of its own. Times are milliseconds since 1970. */
export interface Job {
  /** Ordered by time: `20261121T081500-<4 hex digits>`. */
  readonly id: string;
  readonly storage: string;
  readonly kind: JobKind;
  /** Only of `verify`. */
  readonly level?: 'quick' | 'stored' | 'deep' | undefined;
  readonly by: string;
  readonly startedMs: number;
  readonly finishedMs?: number | undefined;
  /** `interrupted`: the server ended before it did; what it left is mended by the next run. */
  readonly state: 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';
  readonly progress?: JobProgress | undefined;
  /** One sentence when done. */
  readonly summary?: string | undefined;
  /** The set that was made. */
  readonly set?: string | undefined;
  readonly error?:
    | { readonly code: string; readonly message: string; readonly hint: string | undefined }
    | undefined;
}

export interface JobProgress {
  /** `copying`, `checking`, `blobs`, … */
  readonly phase: string;
  readonly done: number;
  readonly total: number | undefined;
  readonly unit: 'bytes' | 'files';
}

export interface JobRequest {
  readonly storage: string;
  readonly kind: JobKind;
  readonly level?: 'quick' | 'stored' | 'deep' | undefined;
  readonly by: string;
}

/** Runs jobs: one at a time for each site or archive directory. */
export interface JobBoard {
  /**
   * Durable before it returns.
   *
   * @throws HoldfastError `toolkit.job-running` (names the other job), `toolkit.no-storage`, `toolkit.no-backups`
   */
  start(request: JobRequest): Promise<Job>;
  /** Asks it to stop; it ends as `cancelled` when it has. @throws HoldfastError `toolkit.no-job`, `toolkit.job-ended` */
  cancel(id: string): Promise<Job>;
  get(id: string): Job | undefined;
  /** Newest first. */
  list(storage?: string): readonly Job[];
  /** Told of each change of a job. @returns ends it */
  subscribe(onChange: (job: Job) => void): () => void;
  /** Reads the jobs of before; those that ran then are `interrupted`. Call once, before listening. */
  open(): Promise<void>;
  /** Cancels what runs, and waits for its end. */
  close(): Promise<void>;
}
