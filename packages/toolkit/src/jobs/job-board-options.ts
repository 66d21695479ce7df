import type { Clock, FileSystem } from '@holdfast/durable-fs';
import type { ToolkitStorage } from '../storages.js';
import type { Job } from './job-board.js';
import type { JobLog } from './job-log.js';

export interface JobBoardOptions {
  readonly storages: readonly ToolkitStorage[];
  readonly fs: FileSystem;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly log: JobLog;
  /** The records are in `jobs` below it; nobody else uses that. */
  readonly stateDirectory: string;
  /** The program of jobs and its first arguments. Default: this Node with the built `job-program.js`. */
  readonly program?: readonly string[] | undefined;
  /** Told of each job that has ended, its record written. */
  readonly onEnd?: ((job: Job) => void) | undefined;
  /** From SIGTERM to SIGKILL, milliseconds. Default 30 s. */
  readonly graceMs?: number | undefined;
}
