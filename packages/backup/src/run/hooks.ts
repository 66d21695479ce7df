import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { throwIfCancelled } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';

export type HookName = 'pre_command' | 'post_command' | 'pre_restore_command' | 'post_restore_command';

export interface HookRequest {
  readonly name: HookName;
  /** One or more lines for `sh`; it stops at the first that fails. */
  readonly script: string;
  /** Working directory: that of the configuration. */
  readonly cwd: string;
  /** `HOLDFAST_…`, beside what this process has (docs/configuration.md, "Commands"). */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** Where its standard output goes. With `--json` standard output is the result's, so it goes to standard error. */
  readonly output: 'stdout' | 'stderr';
  readonly signal?: AbortSignal | undefined;
}

/** From the first signal until the group is killed for good. */
const GRACE_MS = 5000;

/**
 * Runs a command of the user's: `sh` with `set -e`, in a process group of its own, so that what it started ends with it
 * when the time is over or the work is stopped.
 *
 * @throws HoldfastError `hook.failed` with the exit status or the signal, `hook.timeout`, `cancelled`
 */
export async function runHook(request: HookRequest): Promise<void> {
  throwIfCancelled(request.signal);
  const child = spawn('/bin/sh', ['-c', `set -e\n${request.script}`], {
    cwd: request.cwd,
    env: { ...process.env, ...request.env },
    stdio: ['ignore', request.output === 'stdout' ? 1 : 2, 2],
    detached: true,
  });
  const ending = new GroupEnding(child, request);
  try {
    const { code, signal } = await exitOf(child, request);
    throwIfCancelled(request.signal);
    if (ending.timedOut) {
      throw hookError('hook.timeout', request, `did not end within ${request.timeoutSeconds} s`);
    }
    if (code === 0) return;
    const how = signal === null ? `ended with status ${code}` : `was ended by ${signal}`;
    throw hookError('hook.failed', request, how, code ?? 128 + constants.signals[signal!]);
  } finally {
    ending.over();
  }
}

function exitOf(child: ChildProcess, request: HookRequest) {
  return new Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.once('error', ({ message }) =>
        reject(hookError('hook.failed', request, `cannot be started: ${message}`)),
      );
      child.once('exit', (code, signal) => resolve({ code, signal }));
    },
  );
}

function hookError(
  code: 'hook.failed' | 'hook.timeout',
  { name, script }: HookRequest,
  what: string,
  status?: number,
): HoldfastError {
  const details = { command: name, ...(status === undefined ? {} : { status }) };
  return new HoldfastError(code, `the ${name}${programOf(script)} ${what}`, { details });
}

/** A name or a path; an assignment, an address or a quoted word may hold a secret. */
const PROGRAM = /^[\w./~+-]+(?=\s|$)/;

/** The first word of the command: histories and pages are read by more people than may know its arguments. */
function programOf(script: string): string {
  const [program] = PROGRAM.exec(script.trimStart()) ?? [];
  return program === undefined ? '' : ` (${program})`;
}

/** Ends the group of a child when its time is over or the work is stopped: first politely, then for good. */
class GroupEnding {
  readonly #timer: NodeJS.Timeout;
  readonly #stop = () => this.end();
  #kill: NodeJS.Timeout | undefined;
  timedOut = false;

  constructor(
    private readonly child: ChildProcess,
    private readonly request: HookRequest,
  ) {
    this.#timer = setTimeout(() => {
      this.timedOut = true;
      this.end();
    }, request.timeoutSeconds * 1000);
    request.signal?.addEventListener('abort', this.#stop, { once: true });
  }

  over(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#kill);
    this.request.signal?.removeEventListener('abort', this.#stop);
    if (this.timedOut || this.request.signal?.aborted === true) this.toGroup('SIGKILL');
  }

  private end(): void {
    this.toGroup('SIGTERM');
    this.#kill ??= setTimeout(() => this.toGroup('SIGKILL'), GRACE_MS);
  }

  private toGroup(signal: NodeJS.Signals): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch {
      // The group has ended.
    }
  }
}
