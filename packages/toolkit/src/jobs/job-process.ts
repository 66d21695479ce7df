import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { atMost } from '../at-most.js';
import type { JobLog } from './job-log.js';
import {
  GO,
  type JobMessage,
  type JobOrder,
  type JobOutcome,
  LONGEST_LINE,
  parseMessage,
} from './job-protocol.js';
import { LineSplitter } from './line-splitter.js';

export interface JobProcessRequest {
  /** Program and first arguments; the order is the last one. */
  readonly program: readonly string[];
  readonly order: JobOrder;
  readonly log: JobLog;
  readonly onProgress: (progress: Extract<JobMessage, { type: 'progress' }>['progress']) => void;
}

export interface JobEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said last; undefined: nothing that counts. */
  readonly outcome: JobOutcome | undefined;
}

/** So many lines of a job's standard error go to the log, of so many characters. */
const LOGGED_LINES = 1000;
const LOGGED_LENGTH = 2000;
/** From the end of the process to the end of what it wrote: somebody that it started may still hold the pipe. */
const REST_MS = 2000;

/** The process of one job, in a process group of its own, which waits to be told to go. No shell is involved. */
export class JobProcess {
  readonly ended: Promise<JobEnd>;
  /** Undefined: the system gave none. */
  readonly #child: ChildProcess | undefined;
  readonly #request: JobProcessRequest;
  #outcome: JobOutcome | undefined;
  #over = false;

  /** Does not throw: a program that cannot be started is one that ends. */
  constructor(request: JobProcessRequest) {
    this.#request = request;
    try {
      this.#child = begin(request);
    } catch (error) {
      this.#child = undefined;
      cannotStart(request.log, error);
    }
    this.ended =
      this.#child === undefined
        ? Promise.resolve({ code: null, signal: null, outcome: undefined })
        : this.follow(this.#child);
  }

  /** Undefined: it could not be started. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  go(): void {
    this.#child?.stdin?.write(GO);
  }

  /** To the whole group, while the process lives: later its number may be another's. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this;
    if (this.#over || pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended.
    }
  }

  private async follow(child: ChildProcess): Promise<JobEnd> {
    const { log } = this.#request;
    const ended = new Promise<Omit<JobEnd, 'outcome'>>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.on('error', (error) => {
        cannotStart(log, error);
        if (child.pid === undefined) resolve({ code: null, signal: null });
      });
    });
    // A process that has ended takes no word.
    child.stdin?.on('error', () => {});
    const stdout = new LineSplitter(LONGEST_LINE, (line) => this.hear(line));
    const stderr = new LineSplitter(LOGGED_LENGTH, bounded(log));
    const rest = Promise.all([readAll(child.stdout, stdout), readAll(child.stderr, stderr)]);
    const end = await ended;
    this.#over = true;
    await atMost(rest, REST_MS);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    return { ...end, outcome: this.#outcome };
  }

  private hear(line: string | undefined): void {
    const message = line === undefined ? undefined : parseMessage(line);
    if (message === undefined) {
      this.#request.log.warn({ line: line?.slice(0, LOGGED_LENGTH) }, 'a job said what is no message');
    } else if (message.type === 'progress') {
      this.#request.onProgress(message.progress);
    } else {
      this.#outcome = message;
    }
  }
}

function begin({ program, order }: JobProcessRequest): ChildProcess {
  const [file = process.execPath, ...first] = program;
  return spawn(file, [...first, JSON.stringify(order)], {
    cwd: '/',
    env: environment(),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
}

/** Without what systemd says to the server alone: a hook must not tell it anything in the server's name. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => name !== 'NOTIFY_SOCKET' && !name.startsWith('WATCHDOG_'),
  );
  return Object.fromEntries(own);
}

function cannotStart(log: JobLog, error: unknown): void {
  log.error({ err: error }, 'the program of jobs cannot be started');
}

function bounded(log: JobLog): (line: string | undefined) => void {
  let lines = 0;
  return (line) => {
    lines += 1;
    if (lines <= LOGGED_LINES) log.info({ line: line ?? '(a long line)' }, 'a job wrote to standard error');
    if (lines === LOGGED_LINES) log.warn({}, 'what the job writes from here on is not logged');
  };
}

/** @param stream a process that was never one has none: the server has too many open files */
function readAll(stream: Readable | null | undefined, lines: LineSplitter): Promise<void> {
  return new Promise((resolve) => {
    if (!stream) return resolve();
    stream.on('data', (chunk: Buffer) => lines.push(chunk));
    stream.once('error', () => resolve());
    stream.once('close', () => {
      lines.end();
      resolve();
    });
  });
}
