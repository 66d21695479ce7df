export const JOB_KINDS = ['backup', 'fullbackup', 'snapshotbackup', 'zipbackup', 'verify', 'prune'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** How much a check of a site looks at, the least first. */
export const CHECK_LEVELS = ['quick', 'stored', 'deep'] as const;
export type CheckLevel = (typeof CHECK_LEVELS)[number];

/** A backup, check or clean-up that this server runs, in a process of its own. Times are milliseconds since 1970. */
export interface Job {
  /** Ordered by time: `20261121T081500-<4 hex digits>`. */
  readonly id: string;
  readonly storage: string;
  readonly kind: JobKind;
  /** Only of `verify`. */
  readonly level?: CheckLevel | undefined;
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
  readonly error?: JobError | undefined;
  /** What the command of the same name says on a terminal, and with `--json` (docs/json.md); without paths. */
  readonly lines?: readonly string[] | undefined;
  readonly warnings?: readonly string[] | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  /** It said more than is kept (`LONGEST_RECORD`): long lists and texts were cut. */
  readonly cut?: boolean | undefined;
}

export interface JobError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  /** As in `--json`: of a check, its problems. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

export interface JobProgress {
  /** `read`, `copy`, `check`, `rebuild`: of the Data.fs; `blobs`, `check-blobs`; `ds-backup`, `ds-check`: of a DirectoryStorage. */
  readonly phase: string;
  readonly done: number;
  readonly total?: number | undefined;
  readonly unit: 'bytes' | 'files';
  /** With `files`: their bytes. */
  readonly bytes?: number | undefined;
}

export interface JobRequest {
  readonly storage: string;
  readonly kind: JobKind;
  readonly level?: CheckLevel | undefined;
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
  /** The job that has to end before another one of this storage can start: one of its site may be of another storage. */
  runningBeside(storage: string): Job | undefined;
  /** Told of each change of a job. @returns ends it */
  subscribe(onChange: (job: Job) => void): () => void;
  /** Reads the jobs of before; those that ran then are `interrupted`, which who has subscribed is told. Call once, before listening. */
  open(): Promise<void>;
  /** Cancels what runs, and waits for its end. */
  close(): Promise<void>;
}
