import type { BesideCopied, BesideCopy, BesideFiles } from '@holdfast/durable-fs';
import { keep } from './tree-copy.js';

type Wait = Promise<void> | undefined;
/** `copied`: what became of the copy that this step waited for. */
type Step = (copied: BesideCopied | undefined) => Wait;

interface Batch {
  readonly copies: BesideCopy[];
  readonly steps: { readonly copy: number | undefined; readonly run: Step }[];
}

/** Copies that go to the other thread together. */
const TOGETHER = 128;

/**
 * Copies beside this thread, and keeps in order what must come after them: lines of the manifest, times of directories.
 * With nothing to wait for, a step is done at once.
 */
export class TreeQueue {
  private gathering: Batch = { copies: [], steps: [] };
  private running: { readonly batch: Batch; readonly copied: Promise<readonly BesideCopied[]> } | undefined;

  constructor(private readonly beside: BesideFiles) {}

  /** Does the step when all that came before is done. */
  after(run: () => Wait): Wait {
    if (this.running === undefined && this.gathering.copies.length === 0) return run();
    this.gathering.steps.push({ copy: undefined, run });
    return undefined;
  }

  /** As `after`, for a step that never takes time. */
  afterNow(run: () => void): void {
    if (this.running === undefined && this.gathering.copies.length === 0) run();
    else this.gathering.steps.push({ copy: undefined, run: () => void run() });
  }

  copy(copy: BesideCopy, run: (copied: BesideCopied) => Wait): Wait {
    const number = this.gathering.copies.push(copy) - 1;
    this.gathering.steps.push({ copy: number, run: (copied) => run(copied!) });
    return this.gathering.copies.length < TOGETHER ? undefined : this.start();
  }

  /** Waits until everything is done. */
  async drain(): Promise<void> {
    if (this.gathering.copies.length > 0) await this.start();
    await this.finishRunning();
  }

  /** Waits until the other thread does nothing more, whatever comes of it. */
  async settle(): Promise<void> {
    await this.running?.copied.catch(() => {});
  }

  /** One batch is copied while the next is gathered. */
  private async start(): Promise<void> {
    const batch = this.gathering;
    this.gathering = { copies: [], steps: [] };
    await this.finishRunning();
    const copied = this.beside.copyFiles(batch.copies, keep());
    copied.catch(() => {});
    this.running = { batch, copied };
  }

  private async finishRunning(): Promise<void> {
    if (this.running === undefined) return;
    const { batch, copied } = this.running;
    const all = await copied;
    this.running = undefined;
    for (const { copy, run } of batch.steps) {
      const wait = run(copy === undefined ? undefined : all[copy]);
      if (wait !== undefined) await wait;
    }
  }
}
