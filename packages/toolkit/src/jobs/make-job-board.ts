import { fileURLToPath } from 'node:url';
import { errorReport, HoldfastError } from '@holdfast/errors';
import { ownIdentity, type ProcessIdentity, processStart } from '@holdfast/lockfile';
import { storageNamed } from '../storages.js';
import { type PathFilter, pathFilter } from '../without-paths.js';
import type { Job, JobBoard, JobRequest } from './job-board.js';
import type { JobBoardOptions } from './job-board-options.js';
import { makeJobId, momentOfJobId } from './job-id.js';
import { endOfJob } from './job-outcome.js';
import { keyOf, type PlannedJob, planJob } from './job-plan.js';
import { JobProcess } from './job-process.js';
import { JobRecords, KEPT_JOBS } from './job-records.js';
import { endLeftProcess } from './left-process.js';

/** From SIGTERM to SIGKILL. */
const GRACE_MS = 30_000;

export function makeJobBoard(options: JobBoardOptions): JobBoard {
  return new Board(options);
}

interface Running {
  readonly process: JobProcess;
  cancelled: boolean;
  kill: NodeJS.Timeout | undefined;
  readonly ended: Promise<void>;
}

class Board implements JobBoard {
  readonly #records: JobRecords;
  readonly #paths: PathFilter;
  /** In the order of their ids. */
  readonly #jobs = new Map<string, Job>();
  readonly #running = new Map<string, Running>();
  /** What a site or archive directory is busy with: the id of a job, by its key. */
  readonly #busy = new Map<string, string>();
  readonly #starting = new Set<Promise<unknown>>();
  readonly #listeners = new Set<(job: Job) => void>();
  /** Of the newest id: they rise, also where the clock steps back. */
  #lastIdMs = 0;
  #closed = false;

  constructor(private readonly options: JobBoardOptions) {
    this.#records = new JobRecords(options.fs, options.stateDirectory);
    this.#paths = pathFilter(options.storages);
  }

  async open(): Promise<void> {
    const { log, clock } = this.options;
    const records = await this.#records.read((name, err) =>
      log.warn({ name, err }, 'a record of a job cannot be read'),
    );
    for (const { job, process } of records) {
      this.#lastIdMs = Math.max(this.#lastIdMs, momentOfJobId(job.id));
      this.#jobs.set(job.id, job);
      if (job.state !== 'running') continue;
      if (process !== undefined) await endLeftProcess(process, clock);
      const interrupted: Job = {
        ...job,
        state: 'interrupted',
        finishedMs: Math.max(clock.now(), job.startedMs),
      };
      this.set(interrupted);
      // A disk that takes nothing keeps no server from starting; the next start finds the record as it is, and says the same.
      await this.#records
        .write({ version: 1, job: interrupted, process: undefined })
        .catch((err) => log.error({ err, job: job.id }, 'the record of a job cannot be written'));
      log.warn(
        { job: job.id, storage: job.storage, kind: job.kind },
        'a job was interrupted by the end of the server',
      );
    }
    await this.forgetOld();
  }

  async start(request: JobRequest): Promise<Job> {
    const plan = planJob(this.options.storages, request);
    if (this.#closed)
      throw new HoldfastError('toolkit.job-running', 'the server is about to end; no job is started');
    const other = this.#busy.get(plan.key);
    if (other !== undefined) throw this.busyWith(other);
    const startedMs = this.options.clock.now();
    this.#lastIdMs = Math.max(startedMs, this.#lastIdMs + 1);
    const { storage, kind, level, by } = request;
    const id = makeJobId(this.#lastIdMs, 0);
    const job: Job = {
      id,
      storage,
      kind,
      by,
      startedMs,
      state: 'running',
      ...(level !== undefined && { level }),
    };
    this.#busy.set(plan.key, id);
    const starting = this.begin(job, plan);
    this.#starting.add(starting);
    try {
      return await starting;
    } catch (error) {
      this.#busy.delete(plan.key);
      throw error;
    } finally {
      this.#starting.delete(starting);
    }
  }

  async cancel(id: string): Promise<Job> {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new HoldfastError('toolkit.no-job', `there is no job ${id}`);
    const running = this.#running.get(id);
    if (running === undefined || job.state !== 'running')
      throw new HoldfastError('toolkit.job-ended', `the job ${id} has ended: ${job.state}`);
    this.stop(running);
    return job;
  }

  get(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  list(storage?: string): readonly Job[] {
    const jobs = [...this.#jobs.values()].reverse();
    return storage === undefined ? jobs : jobs.filter((job) => job.storage === storage);
  }

  runningBeside(storage: string): Job | undefined {
    const { backups } = storageNamed(this.options.storages, storage);
    const id = backups === undefined ? undefined : this.#busy.get(keyOf(backups));
    return id === undefined ? undefined : this.#jobs.get(id);
  }

  subscribe(onChange: (job: Job) => void): () => void {
    const listener = (job: Job) => onChange(job);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#starting);
    const running = [...this.#running.values()];
    for (const one of running) this.stop(one);
    await Promise.all(running.map(({ ended }) => ended));
  }

  /** The record is durable before the process may begin. */
  private async begin(job: Job, { order, key }: PlannedJob): Promise<Job> {
    const { log, program = defaultProgram() } = this.options;
    const onProgress = (progress: NonNullable<Job['progress']>) => {
      const now = this.#jobs.get(job.id);
      if (now?.state === 'running') this.set({ ...now, progress });
    };
    const process = new JobProcess({ program, order, log, onProgress });
    try {
      await this.#records.write({ version: 1, job, process: await identityOf(process.pid) });
    } catch (error) {
      process.signal('SIGKILL');
      await process.ended;
      throw error;
    }
    const running: Running = {
      process,
      cancelled: false,
      kill: undefined,
      ended: this.follow(job.id, key, process),
    };
    this.#running.set(job.id, running);
    this.set(job);
    process.go();
    log.info({ job: job.id, storage: job.storage, kind: job.kind, by: job.by }, 'a job has begun');
    await this.forgetOld();
    return job;
  }

  /** Never throws. */
  private async follow(id: string, key: string, process: JobProcess): Promise<void> {
    const end = await process.ended;
    const { log, clock } = this.options;
    const running = this.#running.get(id);
    clearTimeout(running?.kill);
    const before = this.#jobs.get(id)!;
    const finishedMs = Math.max(clock.now(), before.startedMs);
    const { progress: _, ...rest } = before;
    const job: Job = { ...rest, finishedMs, ...endOfJob(end, running?.cancelled === true, this.#paths) };
    const told = { job: id, storage: job.storage, kind: job.kind, state: job.state };
    if (job.state === 'done') log.info({ ...told, summary: job.summary }, 'a job is done');
    else log.warn({ ...told, outcome: end.outcome, code: end.code, signal: end.signal }, 'a job has ended');
    this.#running.delete(id);
    await this.#records
      .write({ version: 1, job, process: undefined })
      .catch((err) => log.error({ err, job: id }, 'the record of a job cannot be written'));
    // Whoever is told may start the next one.
    this.#busy.delete(key);
    this.set(job);
    try {
      this.options.onEnd?.(job);
    } catch (err) {
      log.error({ err, job: id }, 'what follows a job has failed');
    }
  }

  private stop(running: Running): void {
    running.cancelled = true;
    running.process.signal('SIGTERM');
    running.kill ??= setTimeout(() => running.process.signal('SIGKILL'), this.options.graceMs ?? GRACE_MS);
  }

  private set(job: Job): void {
    this.#jobs.set(job.id, job);
    for (const listener of [...this.#listeners]) {
      try {
        listener(job);
      } catch (err) {
        this.options.log.error({ err, job: job.id }, 'who was told of a job has failed');
      }
    }
  }

  private async forgetOld(): Promise<void> {
    const ended = [...this.#jobs.values()].filter(({ state }) => state !== 'running');
    for (const { id } of ended.slice(0, Math.max(0, this.#jobs.size - KEPT_JOBS))) {
      this.#jobs.delete(id);
      await this.#records
        .remove(id)
        .catch((err) => this.options.log.warn({ job: id, report: errorReport(err) }, 'an old record stays'));
    }
  }

  private busyWith(id: string): HoldfastError {
    const job = this.#jobs.get(id);
    const what = job === undefined ? id : `${id} (${job.kind} of ${job.storage}, by ${job.by})`;
    return new HoldfastError('toolkit.job-running', `the job ${what} is still running`, {
      details: { job: id },
    });
  }
}

async function identityOf(pid: number | undefined): Promise<ProcessIdentity | undefined> {
  if (pid === undefined) return undefined;
  return { ...(await ownIdentity()), pid, processStart: await processStart(pid) };
}

function defaultProgram(): readonly string[] {
  return [process.execPath, fileURLToPath(new URL('./job-program.js', import.meta.url))];
}
