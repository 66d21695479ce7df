import type { BesideFiles, BesideOptions, BesideOutcome, BesideTask } from '@holdfast/durable-fs';

type Wait = Promise<void> | undefined;
type Step = () => Wait;
/** Called with what came of the task that it waited for. */
type StepAfterTask = (outcome: BesideOutcome) => Wait;

interface Batch {
  readonly tasks: BesideTask[];
  readonly steps: (Step | StepAfterTask)[];
  /** For each step whether it waited for a task: the first of these for the first task, and so on. */
  readonly waited: boolean[];
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
  private gathering = newBatch();
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
  after(run: Step): Wait {
    if (this.isIdle) return run();
    this.push(run, false);
    return this.goOn();
  }

  /** `run` is called with what came of the task, when all that came before is done. */
  add(task: BesideTask, run: StepAfterTask): void {
    this.gathering.tasks.push(task);
    this.push(run, true);
  }

  /** As `after`, for a step that never takes time, where something is under way. */
  addStep(run: () => undefined): void {
    this.push(run, false);
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

  private push(run: Step | StepAfterTask, waited: boolean): void {
    this.gathering.steps.push(run);
    this.gathering.waited.push(waited);
  }

  private async start(): Promise<void> {
    this.send();
    // Answers come in between.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.running.length > AHEAD || this.running[0]?.ended === true) await this.takeOldest();
  }

  private send(): void {
    const batch = this.gathering;
    this.gathering = newBatch();
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
    let task = 0;
    for (let at = 0; at < batch.steps.length; at += 1) {
      const run = batch.steps[at]!;
      const wait = batch.waited[at] === true ? (run as StepAfterTask)(all[task++]!) : (run as Step)();
      if (wait !== undefined) await wait;
    }
  }
}

function newBatch(): Batch {
  return { tasks: [], steps: [], waited: [] };
}
