import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
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
  readonly #child: ChildProcess;
  readonly #request: JobProcessRequest;
  #outcome: JobOutcome | undefined;
  #over = false;

  /** Does not throw: a program that cannot be started is one that ends. */
  constructor(request: JobProcessRequest) {
    this.#request = request;
    const [file = process.execPath, ...first] = request.program;
    this.#child = spawn(file, [...first, JSON.stringify(request.order)], {
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    // A process that has ended takes no word.
    this.#child.stdin!.on('error', () => {});
    this.ended = this.follow();
  }

  /** Undefined: it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  go(): void {
    this.#child.stdin!.write(GO);
  }

  /** To the whole group, while the process lives: later its number may be another's. */
  signal(signal: NodeJS.Signals): void {
    if (this.#over || this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // It has ended.
    }
  }

  private async follow(): Promise<JobEnd> {
    const child = this.#child;
    const { log } = this.#request;
    const stdout = new LineSplitter(LONGEST_LINE, (line) => this.hear(line));
    const stderr = new LineSplitter(LOGGED_LENGTH, bounded(log));
    const rest = Promise.all([readAll(child.stdout!, stdout), readAll(child.stderr!, stderr)]);
    const end = await new Promise<Omit<JobEnd, 'outcome'>>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.once('error', (error) => {
        log.error({ err: error }, 'the program of jobs cannot be started');
        if (child.pid === undefined) resolve({ code: null, signal: null });
      });
    });
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

function bounded(log: JobLog): (line: string | undefined) => void {
  let lines = 0;
  return (line) => {
    lines += 1;
    if (lines <= LOGGED_LINES) log.info({ line: line ?? '(a long line)' }, 'a job wrote to standard error');
    if (lines === LOGGED_LINES) log.warn({}, 'what the job writes from here on is not logged');
  };
}

function readAll(stream: Readable, lines: LineSplitter): Promise<void> {
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => lines.push(chunk));
    stream.once('error', () => resolve());
    stream.once('close', () => {
      lines.end();
      resolve();
    });
  });
}

/** Waits for it, but no longer. */
async function atMost(what: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([what, limit]);
  clearTimeout(timer);
}
