import type { Progress } from '@holdfast/filestorage-backup';
import { formatBytes, formatDuration, type Streams } from './output.js';

const VERB: Readonly<Record<Progress['phase'], string>> = {
  read: 'Comparing',
  copy: 'Copying',
  check: 'Checking',
  restore: 'Restoring',
  rebuild: 'Reading',
};

/** Nothing is shown of what is over sooner. */
const QUIET_MS = 700;
const TERMINAL_MS = 200;
/** Off a terminal (a log of cron's) a plain line now and then. */
const PLAIN_MS = 30_000;
const BAR = 24;

/** Shows how far the work is: a bar on a terminal, plain lines elsewhere. Always on standard error. */
export class ProgressDisplay {
  readonly #started = performance.now();
  #shown = 0;
  #phase: string | undefined;
  #phaseStarted = this.#started;
  #drawn = false;

  constructor(private readonly stream: Streams['stderr']) {}

  readonly update = (progress: Progress): void => {
    const now = performance.now();
    if (progress.phase !== this.#phase) {
      this.#phase = progress.phase;
      this.#phaseStarted = now;
    }
    const pause = this.stream.isTTY === true ? TERMINAL_MS : PLAIN_MS;
    if (now - this.#started < QUIET_MS || now - this.#shown < pause) return;
    if (this.stream.isTTY !== true && this.#shown === 0 && now - this.#started < PLAIN_MS) return;
    this.#shown = now;
    const text = progressText(progress, now - this.#phaseStarted);
    if (this.stream.isTTY === true) this.draw(bar(progress) + text);
    else this.stream.write(`${text}\n`);
  };

  /** Takes the bar away, so that the result stands alone. */
  end(): void {
    if (this.#drawn) this.stream.write('\r\u001b[K');
    this.#drawn = false;
  }

  private draw(text: string): void {
    this.stream.write(`\r\u001b[K${text}`);
    this.#drawn = true;
  }
}

function bar({ done, total }: Progress): string {
  const filled = total === 0 ? BAR : Math.min(BAR, Math.round((done / total) * BAR));
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}] `;
}

export function progressText({ phase, done, total }: Progress, elapsedMs: number): string {
  const rate = elapsedMs <= 0 ? 0 : (done / elapsedMs) * 1000;
  const left = rate <= 0 ? '' : `, ${formatDuration(((total - done) / rate) * 1000)} left`;
  return `${VERB[phase]} ${formatBytes(done)} of ${formatBytes(total)}, ${formatBytes(rate)}/s${left}`;
}
