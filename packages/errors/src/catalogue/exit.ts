/** Exit statuses of the `holdfast` command. `repozo` compatibility commands use 0 and 1 only, as the original. */
export const EXIT = {
  ok: 0,
  /** Something failed that has no status of its own. */
  failure: 1,
  /** The command line or the configuration is wrong; nothing was touched. */
  usage: 2,
  /** Somebody else holds the storage or the repository; nothing was changed. */
  busy: 3,
  /** The source (a `Data.fs`, a blob directory) is missing, damaged or changed under our hands. */
  source: 4,
  /** The repository is missing, damaged, or a check of it failed. */
  repository: 5,
  /** Refused on purpose, because going on could lose data; the message says what to do. */
  refused: 6,
  /** The operating system said no: disk full, input/output error, permission. */
  system: 7,
  /** Stopped by the user or by a deadline. */
  cancelled: 8,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];
