import { fileURLToPath } from 'node:url';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { CommandResult } from '@holdfast/lockfile';
import { withCallersUmask } from '../caller-umask.js';
import { exitStatusOf, unwrapAbort } from '../failure.js';
import type { Streams } from '../streams.js';
import { commandPath } from './command-path.js';
import { parseSnapshotLine, type SnapshotFlags, taskOf, timerOf } from './snapshot-arguments.js';
import { SnapshotConsole } from './snapshot-console.js';
import { type Held, hold } from './snapshot-hold.js';
import { StopSignals } from './snapshot-signals.js';

/** A COMMAND that could not be started, as shells say it. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** `holdfast snapshot …`, `holdfast-snapshot …`: the exit status; undefined where help was asked for. */
export async function runSnapshotLine(
  streams: Streams,
  argv: readonly string[],
): Promise<number | undefined> {
  const line = parseSnapshotLine(argv);
  return line.kind === 'help' ? undefined : snapshotCommand(streams, line.flags, line.words);
}

/** @throws HoldfastError `usage`; everything else is told here */
export async function snapshotCommand(
  streams: Streams,
  flags: SnapshotFlags,
  words: readonly string[],
): Promise<number> {
  const task = taskOf(flags, words, process.env.SNAPSHOT_VERSION !== undefined);
  const limit = timerOf('--max-freeze', flags.maxFreeze);
  const console = new SnapshotConsole(streams, flags);
  const signals = new StopSignals();
  try {
    if (task.kind === 'cat') {
      const { catCommand } = await import('./snapshot-cat.js');
      return await catCommand(streams, signals.signal);
    }
    if (task.kind === 'leave') {
      const { leaveCommand } = await import('./snapshot-leave.js');
      return await leaveCommand(console, flags, task.storage, signals.signal);
    }
    const held = await hold(task, flags, console, signals.signal);
    return await runHeld(held, task.command, limit, console);
  } catch (thrown) {
    const error = unwrapAbort(thrown);
    if (isHoldfastError(error, 'usage')) throw error;
    console.failure(error);
    return exitStatusOf(error);
  } finally {
    signals.stop();
  }
}

/** COMMAND under a snapshot, and its end: what goes wrong then is never hidden by COMMAND's success. */
async function runHeld(
  held: Held,
  command: readonly string[],
  limit: number | undefined,
  console: SnapshotConsole,
): Promise<number> {
  let status = 0;
  let failed: unknown;
  try {
    if (command.length > 0) status = await runCommand(held, command, limit, console);
  } catch (error) {
    failed = error;
  }
  try {
    await held.release();
  } catch (error) {
    console.failure(error);
    status = status === 0 ? exitStatusOf(error) : status;
  }
  if (failed !== undefined) throw failed;
  return status;
}

async function runCommand(
  held: Held,
  [file = '', ...args]: readonly string[],
  limit: number | undefined,
  console: SnapshotConsole,
): Promise<number> {
  const { runLocked } = await import('@holdfast/lockfile');
  const { env: own, execPath } = process;
  const PATH = commandPath(own.PATH, execPath, fileURLToPath(import.meta.url));
  const env = { ...own, PATH, ...held.environment };
  const deadline = limit === undefined ? undefined : new Deadline(limit);
  try {
    const run = () => runLocked({ lock: held.lock, file, args, env, signal: deadline?.signal });
    const { status }: CommandResult = await withCallersUmask(run);
    if (deadline?.signal.aborted === true) throw tooLong(limit ?? 0);
    return status;
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return notStarted(console, error, NOT_FOUND);
    if (isHoldfastError(error, 'fs.permission')) return notStarted(console, error, NOT_EXECUTABLE);
    throw error;
  } finally {
    deadline?.stop();
  }
}

function notStarted(console: SnapshotConsole, error: HoldfastError, status: number): number {
  console.failure(error);
  return status;
}

function tooLong(limit: number): HoldfastError {
  return new HoldfastError(
    'cancelled',
    `the command was ended: it ran for more than ${limit / 1000} seconds`,
    {
      hint: 'Raise --max-freeze, or find out why the command takes so long.',
    },
  );
}

class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(milliseconds: number) {
    this.#timer = setTimeout(() => this.#controller.abort(), milliseconds);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
