import { mayDo } from '../../auth/identity.js';
import type { Job, JobKind, JobProgress } from '../../jobs/job-board.js';
import type { PathFilter } from '../../without-paths.js';
import { bytesInWords, counted, countInWords } from '../words/bytes.js';
import { durationInWords, type Moment, momentOf } from '../words/times.js';
import type { Viewer } from './seen.js';

export interface JobView {
  readonly id: string;
  readonly title: string;
  readonly by: string;
  readonly state: Job['state'];
  readonly stateWord: string;
  readonly started: Moment;
  readonly finished: Moment | undefined;
  /** Undefined: it has not ended. */
  readonly took: string | undefined;
  readonly progress: ProgressView | undefined;
  /** What became of it, or why it failed. */
  readonly message: string | undefined;
  readonly hint: string | undefined;
  readonly warnings: readonly string[];
  /** What the command would have said on a terminal, where that is more than the message. */
  readonly lines: readonly string[];
  readonly canCancel: boolean;
}

export interface ProgressView {
  readonly words: string;
  /** Of a bar from 0 to `max`; undefined: nobody knows how much there is. */
  readonly bar: { readonly value: number; readonly max: number } | undefined;
}

const MOST_WARNINGS = 5;
const MOST_LINES = 40;

const KIND_WORDS: Readonly<Record<JobKind, string>> = {
  backup: 'Backup',
  fullbackup: 'Full backup',
  snapshotbackup: 'Snapshot backup',
  zipbackup: 'Zip archive',
  verify: 'Check',
  prune: 'Clean-up',
};

const STATE_WORDS: Readonly<Record<Job['state'], string>> = {
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
};

export function jobView(job: Job, viewer: Viewer): JobView {
  const running = job.state === 'running';
  const { finishedMs } = job;
  const { paths } = viewer;
  return {
    id: job.id,
    title: job.level === undefined ? KIND_WORDS[job.kind] : `${KIND_WORDS[job.kind]} (${job.level})`,
    by: job.by,
    state: job.state,
    stateWord: STATE_WORDS[job.state],
    started: momentOf(job.startedMs, viewer.nowMs),
    finished: finishedMs === undefined ? undefined : momentOf(finishedMs, viewer.nowMs),
    took: finishedMs === undefined ? undefined : durationInWords((finishedMs - job.startedMs) / 1000),
    progress: running ? progressView(job.progress) : undefined,
    message: messageOf(job, paths),
    hint: job.error?.hint === undefined ? undefined : paths.text(job.error.hint),
    warnings: (job.warnings ?? []).slice(0, MOST_WARNINGS).map((warning) => paths.text(warning)),
    lines: running ? [] : linesOf(job, paths),
    canCancel: running && mayDo(viewer.identity, 'backup'),
  };
}

function linesOf({ lines = [] }: Job, paths: PathFilter): readonly string[] {
  return lines.length < 2 ? [] : lines.slice(-MOST_LINES).map((line) => paths.text(line));
}

function messageOf(job: Job, paths: PathFilter): string | undefined {
  const text = job.error?.message ?? job.summary;
  if (text !== undefined) return paths.text(text);
  return job.state === 'interrupted'
    ? 'The server ended before it did; the next run mends what it left.'
    : undefined;
}

const PHASES: Readonly<Record<string, string>> = {
  read: 'reading',
  copy: 'copying',
  check: 'checking',
  rebuild: 'rebuilding the index',
  blobs: 'blobs',
  'check-blobs': 'checking blobs',
  'ds-backup': 'archiving',
  'ds-check': 'checking',
};

/** `copying: 1.2 GB of 4.0 GB`, `archiving: 1,200 files, 3.1 GB`. */
export function progressView(progress: JobProgress | undefined): ProgressView {
  if (progress === undefined) return { words: 'starting', bar: undefined };
  const { phase, done, total, unit, bytes } = progress;
  const amount = (count: number) => (unit === 'bytes' ? bytesInWords(count) : counted(count, 'file'));
  const size = bytes === undefined ? '' : `, ${bytesInWords(bytes)}`;
  const name = PHASES[phase] ?? phase;
  if (total === undefined || !(total > 0))
    return { words: `${name}: ${amount(done)}${size}`, bar: undefined };
  const first = unit === 'bytes' ? bytesInWords(done) : countInWords(done);
  return {
    words: `${name}: ${first} of ${amount(total)}${size}`,
    bar: { value: Math.min(Math.max(0, done), total), max: total },
  };
}
