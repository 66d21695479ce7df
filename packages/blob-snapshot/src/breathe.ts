import { throwIfCancelled } from '@holdfast/durable-fs';

/** Milliseconds of synchronous work after which the event loop must run: leases are kept alive there. */
const LONGEST = 20;

/** Lets the event loop run between pieces of synchronous work. */
export class Breather {
  private last = performance.now();

  constructor(
    private readonly signal: AbortSignal | undefined,
    private readonly onPause: () => void = () => {},
  ) {}

  /** Call it often; a promise only when it is time. */
  breathe(): Promise<void> | undefined {
    return performance.now() - this.last < LONGEST ? undefined : this.pause();
  }

  private async pause(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    throwIfCancelled(this.signal);
    this.onPause();
    this.last = performance.now();
  }
}
