import type { Writable } from 'node:stream';
import type { JobMessage } from './job-protocol.js';

type Progress = Extract<JobMessage, { type: 'progress' }>['progress'];

/** At most five a second. */
const EVERY_MS = 200;

/** Writes the messages of a job. Nobody may be there to read them: that is no error. */
export class Speaker {
  #last = Number.NEGATIVE_INFINITY;

  constructor(private readonly stream: Writable) {
    stream.on('error', () => {});
  }

  readonly progress = (progress: Progress): void => {
    const now = performance.now();
    // Who reads slowly hears less.
    if (now - this.#last < EVERY_MS || this.stream.writableNeedDrain) return;
    this.#last = now;
    this.stream.write(line({ type: 'progress', progress }));
  };

  /** Returns when it is written. */
  say(message: JobMessage): Promise<void> {
    return new Promise((resolve) => {
      this.stream.write(line(message), () => resolve());
    });
  }
}

function line(message: JobMessage): string {
  return `${JSON.stringify(message)}\n`;
}
