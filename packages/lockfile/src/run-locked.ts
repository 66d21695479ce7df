import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fsError } from '@holdfast/durable-fs';

export interface RunLocked {
  /** A lock that is held: a `KernelLock`, `LockFile` or `StorageLock`. It is neither taken nor released here. */
  readonly lock: { readonly descriptors: readonly number[]; assertHeld(): void };
  /** The program, started without a shell. */
  readonly file: string;
  readonly args?: readonly string[] | undefined;
  /** Do not let the program inherit the lock: it is then free when this process is killed. */
  readonly close?: boolean | undefined;
  readonly cwd?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Standard input, output and error; default: those of this process. */
  readonly stdio?: 'inherit' | 'ignore' | undefined;
  /** When it is aborted, the program gets SIGTERM, and SIGKILL where that is not enough. */
  readonly signal?: AbortSignal | undefined;
}

export interface CommandResult {
  /** As a shell says it: the status of the program, or 128 and the number of the signal that ended it. */
  readonly status: number;
  readonly signal: NodeJS.Signals | null;
}

/** Milliseconds between SIGTERM and SIGKILL for a program that is to end. */
const GRACE_MS = 10_000;

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * Runs a program under a lock. The program inherits the lock's descriptors, so the lock outlives this process when
 * it is killed: it is free when the program, and every process that got the descriptor from it, has ended. Signals
 * that this process gets meanwhile are passed on, and the program's end is waited for.
 *
 * @throws HoldfastError `lock.lost`, or of the `fs.` family when the program cannot be started
 */
export async function runLocked(options: RunLocked): Promise<CommandResult> {
  options.lock.assertHeld();
  // Before the start: a signal that comes while the program starts must not end this process alone.
  const signals = new PassedSignals();
  try {
    const child = spawn(options.file, [...(options.args ?? [])], spawnOptions(options));
    signals.to(child);
    using _stop = stopOnAbort(child, options.signal);
    return await ended(child, options.file);
  } finally {
    signals.stop();
  }
}

function stopOnAbort(child: ChildProcess, signal: AbortSignal | undefined): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill('SIGTERM');
    timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();
  return {
    [Symbol.dispose]: () => {
      signal?.removeEventListener('abort', stop);
      clearTimeout(timer);
    },
  };
}

function spawnOptions({ lock, close, cwd, env, stdio = 'inherit' }: RunLocked): SpawnOptions {
  const inherited = close === true ? [] : lock.descriptors;
  return { stdio: [stdio, stdio, stdio, ...inherited], shell: false, cwd, env };
}

function ended(child: ChildProcess, file: string): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(fsError(error, 'start', file)));
    child.once('exit', (code, signal) => {
      const status = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
      resolve({ status, signal });
    });
  });
}

/**
 * Passes the signals that this process gets on to a program. Ctrl-C on a terminal goes to the whole foreground
 * group, so the program has it already; one that came from `kill` has reached this process alone.
 */
class PassedSignals {
  readonly #early: NodeJS.Signals[] = [];
  readonly #listener = (signal: NodeJS.Signals) => this.pass(signal);
  #child: ChildProcess | undefined;

  constructor() {
    for (const signal of FORWARDED) process.on(signal, this.#listener);
  }

  to(child: ChildProcess): void {
    this.#child = child;
    for (const signal of this.#early) this.pass(signal);
  }

  stop(): void {
    for (const signal of FORWARDED) process.off(signal, this.#listener);
  }

  private pass(signal: NodeJS.Signals): void {
    if (process.stdin.isTTY === true && (signal === 'SIGINT' || signal === 'SIGQUIT')) return;
    if (this.#child === undefined) this.#early.push(signal);
    else this.#child.kill(signal);
  }
}
