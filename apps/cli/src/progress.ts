import type { BlobProgress } from '@holdfast/blob-snapshot';
import type { Clock } from '@holdfast/durable-fs';
import type { Progress } from '@holdfast/filestorage-backup';
import { count, formatBytes, formatDuration } from './format.js';
import type { OutputStream } from './streams.js';
import type { RemoteProgress } from './toolkit-client/job.js';

/** Bytes of a `Data.fs`, or files of a blob directory, of which the number may not be known before the end. */
type Shown = Progress | FilesProgress;

interface FilesProgress extends Omit<BlobProgress, 'phase'> {
  readonly phase: BlobProgress['phase'] | 'ds-check' | 'ds-backup' | 'ds-restore';
}

const VERB: Readonly<Record<Shown['phase'], string>> = {
  read: 'Comparing',
  copy: 'Copying',
  check: 'Checking',
  restore: 'Restoring',
  rebuild: 'Reading',
  blobs: 'Blobs:',
  'check-blobs': 'Checking blobs:',
  'restore-blobs': 'Restoring blobs:',
  'ds-check': 'Checking objects:',
  'ds-backup': 'Copying:',
  'ds-restore': 'Restoring:',
};

/** How far a job of a toolkit server is; undefined: not known here. */
export function asShown({ phase, done, total, unit, bytes }: RemoteProgress): Shown | undefined {
  if (!Object.hasOwn(VERB, phase)) return undefined;
  if (unit === 'files') {
    return {
      phase: phase as FilesProgress['phase'],
      files: done,
      bytes: bytes ?? 0,
      total: total ?? undefined,
    };
  }
  return total === null ? undefined : { phase: phase as Progress['phase'], done, total };
}

/** Nothing is shown of what is over sooner. */
const QUIET_MS = 700;
const TERMINAL_MS = 200;
/** Off a terminal (a log of cron's) a plain line now and then. */
const PLAIN_MS = 30_000;
const BAR = 24;
const USUAL_COLUMNS = 80;

/** Shows how far the work is: a bar on a terminal, plain lines elsewhere. Always on standard error. */
export class ProgressDisplay {
  readonly #started: number;
  #shown: number;
  #phase: string | undefined;
  #phaseStarted: number;
  #drawn = false;

  constructor(
    private readonly stream: OutputStream,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {
    this.#started = clock.monotonic();
    this.#shown = this.#started;
    this.#phaseStarted = this.#started;
  }

  readonly update = (progress: Shown): void => {
    const now = this.clock.monotonic();
    if (progress.phase !== this.#phase) {
      this.#phase = progress.phase;
      this.#phaseStarted = now;
    }
    if (now - this.#started < QUIET_MS) return;
    const terminal = this.stream.isTTY;
    if (now - this.#shown < (terminal ? TERMINAL_MS : PLAIN_MS)) return;
    this.#shown = now;
    const text = progressText(progress, now - this.#phaseStarted);
    if (terminal) this.draw(fitted(progress, text, this.stream.columns ?? USUAL_COLUMNS));
    else this.stream.write(`${text}\n`);
  };

  /** Takes the bar away, so that what comes next stands alone. */
  end(): void {
    if (this.#drawn) this.stream.write('\r\u001b[K');
    this.#drawn = false;
  }

  private draw(text: string): void {
    this.stream.write(`\r\u001b[K${text}`);
    this.#drawn = true;
  }
}

/** Never as long as the line: what wraps cannot be taken away again. */
function fitted(progress: Shown, text: string, columns: number): string {
  const line = `${bar(progress)} ${text}`;
  return (line.length < columns ? line : text).slice(0, Math.max(0, columns - 1));
}

function bar(progress: Shown): string {
  const done = 'files' in progress ? progress.files : progress.done;
  const total = progress.total ?? 0;
  const filled = total <= 0 ? BAR : Math.min(BAR, Math.floor((done / total) * BAR));
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`;
}

/** `Copying 420 MB of 1.0 GB, 210 MB/s, 2.8 s left`. */
export function progressText(progress: Shown, elapsedMs: number): string {
  if ('files' in progress) return blobText(progress);
  const { phase, done, total } = progress;
  const rate = elapsedMs <= 0 ? 0 : (done / elapsedMs) * 1000;
  const left = rate <= 0 ? '' : `, ${formatDuration((Math.max(0, total - done) / rate) * 1000)} left`;
  return `${VERB[phase]} ${formatBytes(done)} of ${formatBytes(total)}, ${formatBytes(rate)}/s${left}`;
}

/** `Blobs: 42000 of 60000 files, 1.2 GB`. */
function blobText({ phase, files, bytes, total }: FilesProgress): string {
  const much = total === undefined ? count(files, 'file') : `${files} of ${count(total, 'file')}`;
  return `${VERB[phase]} ${much}, ${formatBytes(bytes)}`;
}
