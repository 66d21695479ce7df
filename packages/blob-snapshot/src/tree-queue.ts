import type { BesideFiles, BesideOptions, BesideOutcome, BesideTask } from '@holdfast/durable-fs';

type Wait = Promise<void> | undefined;
/** `outcome`: what came of the task that this step waited for. */
type Step = (outcome: BesideOutcome | undefined) => Wait;

interface Batch {
  readonly tasks: BesideTask[];
  readonly steps: { readonly task: number | undefined; readonly run: Step }[];
}

interface Running {
  readonly batch: Batch;
  readonly outcomes: Promise<readonly BesideOutcome[]>;
  ended: boolean;
}

/** A batch goes to the other thread when it has so many steps. */
const TOGETHER = 256;
/** Batches that the other thread may lie behind, so that neither waits when now this one and now that one is slower. */
const AHEAD = 4;
/** With fewer batches under way, the other thread will soon have nothing to do. */
const FEW = 3;

/**
 * Tasks beside this thread, and in their order what must come after them here: lines of the manifest. With nothing to wait
 * for, a step is done at once.
 */
export class TreeQueue {
  private gathering: Batch = { tasks: [], steps: [] };
  /** Oldest first. */
  private readonly running: Running[] = [];

  constructor(
    private readonly beside: BesideFiles,
    private readonly options: () => BesideOptions,
  ) {}

  /** Nothing is under way: what is done now is not done too early. */
  get isIdle(): boolean {
    return this.running.length === 0 && this.gathering.steps.length === 0;
  }

  /** Does the step when all that came before is done. */
  after(run: () => Wait): Wait {
    if (this.isIdle) return run();
    this.gathering.steps.push({ task: undefined, run });
    return this.goOn();
  }

  /** `run` is called with what came of the task, when all that came before is done. */
  add(task: BesideTask, run: (outcome: BesideOutcome) => Wait): void {
    const number = this.gathering.tasks.push(task) - 1;
    this.gathering.steps.push({ task: number, run: (outcome) => run(outcome!) });
  }

  /** As `after`, for a step that never takes time, where something is under way. */
  addStep(run: () => void): void {
    this.gathering.steps.push({ task: undefined, run: () => void run() });
  }

  /** Whether the other thread can take more than its share. */
  get hasRoom(): boolean {
    return this.running.length < FEW;
  }

  /** Call it after `add`; a promise only when a batch is full. */
  goOn(): Wait {
    return this.gathering.steps.length < TOGETHER ? undefined : this.start();
  }

  /** Waits until everything is done. */
  async drain(): Promise<void> {
    if (this.gathering.steps.length > 0) this.send();
    while (this.running.length > 0) await this.takeOldest();
  }

  /** Waits until the other thread does nothing more, whatever comes of it. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.running.map(({ outcomes }) => outcomes));
  }

  private async start(): Promise<void> {
    this.send();
    // Answers come in between.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.running.length > AHEAD || this.running[0]?.ended === true) await this.takeOldest();
  }

  private send(): void {
    const batch = this.gathering;
    this.gathering = { tasks: [], steps: [] };
    const outcomes =
      batch.tasks.length === 0 ? Promise.resolve([]) : this.beside.doTasks(batch.tasks, this.options());
    const running: Running = { batch, outcomes, ended: false };
    const end = () => {
      running.ended = true;
    };
    outcomes.then(end, end);
    this.running.push(running);
  }

  private async takeOldest(): Promise<void> {
    const { batch, outcomes } = this.running[0]!;
    const all = await outcomes;
    this.running.shift();
    for (const { task, run } of batch.steps) {
      const wait = run(task === undefined ? undefined : all[task]);
      if (wait !== undefined) await wait;
    }
  }
}
