import type { Clock } from '@holdfast/durable-fs';

export interface Watched {
  /** When it is to end, by the monotonic clock; undefined: there is nothing to end. */
  deadline(): number | undefined;
  /** Does not throw. @returns false: it is tried again */
  end(): Promise<boolean>;
}

const RETRY_MS = 10_000;
/** Timers end at 2^31 ms. */
const LONGEST_SLEEP_MS = 3_600_000;

/** Ends what has outlived its deadline; what does not end is tried again every 10 s. */
export class LifeWatch {
  #sleep = new AbortController();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly watched: Watched,
  ) {}

  /** The deadline is another one, or there is none any more. */
  changed(): void {
    this.#sleep.abort();
    if (!this.#stopped && this.watched.deadline() !== undefined) this.#running ??= this.run();
  }

  /** Ends the watch; what it does at the moment is waited for. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#sleep.abort();
    await this.#running;
  }

  private async run(): Promise<void> {
    let failed = false;
    for (;;) {
      // Each sleep has a signal of its own: one that was aborted may belong to a snapshot that is over.
      this.#sleep = new AbortController();
      const deadline = this.watched.deadline();
      if (deadline === undefined || this.#stopped) break;
      const pause = failed ? RETRY_MS : Math.min(deadline - this.clock.monotonic(), LONGEST_SLEEP_MS);
      failed = false;
      if (pause > 0) await this.sleep(pause);
      else failed = !(await this.watched.end());
    }
    this.#running = undefined;
  }

  private async sleep(milliseconds: number): Promise<void> {
    const { signal } = this.#sleep;
    try {
      await this.clock.sleep(milliseconds, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
