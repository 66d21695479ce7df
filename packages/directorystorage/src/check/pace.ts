import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, throwIfCancelled } from '@holdfast/durable-fs';

export interface CheckProgress {
  /** Objects looked at so far. */
  readonly files: number;
  /** Bytes of their files. */
  readonly bytes: number;
}

/** So long the event loop waits at the most: signals and the progress display go on. */
const TURN_MS = 10;

/** Lets the event loop run now and then between synchronous reads. */
export class Pace {
  private turn: number;

  constructor(
    private readonly clock: Clock,
    private readonly signal: AbortSignal | undefined,
    private readonly onTurn: () => void,
  ) {
    this.turn = clock.monotonic();
  }

  /** Whether it is time for `breathe`. */
  get due(): boolean {
    return this.clock.monotonic() - this.turn >= TURN_MS;
  }

  /** Takes all the steps. */
  async run(steps: Iterable<void>): Promise<void> {
    for (const _ of steps) if (this.due) await this.breathe();
  }

  async breathe(): Promise<void> {
    await nextTurn();
    throwIfCancelled(this.signal);
    this.onTurn();
    this.turn = this.clock.monotonic();
  }
}
