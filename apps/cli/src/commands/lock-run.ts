import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { BARMAN_KINDS, type BarmanKindName, KernelLock, lockPath, runLocked } from '@holdfast/lockfile';
import type { Context } from '../context.js';

export interface LockRunOptions {
  /** Seconds to wait for a busy lock; undefined: not at all. */
  readonly wait?: string;
  /** Exit status when the lock is busy. */
  readonly failStatus?: string;
  /** Do not let COMMAND inherit the lock. */
  readonly close?: boolean;
  readonly shared?: boolean;
  /** Of barman's kinds. */
  readonly lockDirectory?: string;
  readonly server?: string;
  readonly backup?: string;
}

/** A COMMAND that could not be started, as shells say it. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** What is held for COMMAND: released when it has ended. */
type Held = Parameters<typeof runLocked>[0]['lock'] & AsyncDisposable;

/** `holdfast lock run NAME -- COMMAND`: the exit status of COMMAND. */
export async function lockRunCommand(
  { output, signal }: Context,
  name: string,
  [file = '', ...args]: readonly string[],
  options: LockRunOptions,
): Promise<number> {
  const wait = seconds(options.wait);
  const failStatus = status(options.failStatus);
  const waiting = { signal, ...(wait === undefined ? {} : { wait }) };
  let lock: Held;
  try {
    lock = await take(name, options, waiting, [file, ...args].join(' '));
  } catch (error) {
    if (failStatus === undefined || !isHoldfastError(error, 'lock.busy')) throw error;
    output.warn(error.message);
    return failStatus;
  }
  await using held = lock;
  try {
    return (await runLocked({ lock: held, file, args, close: options.close === true })).status;
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return notStarted(output.warn, error, NOT_FOUND);
    if (isHoldfastError(error, 'fs.permission')) return notStarted(output.warn, error, NOT_EXECUTABLE);
    throw error;
  }
}

function notStarted(warn: (text: string) => void, error: HoldfastError, exit: number): number {
  warn(error.message);
  return exit;
}

async function take(
  name: string,
  options: LockRunOptions,
  waiting: { readonly signal: AbortSignal; readonly wait?: number },
  command: string,
): Promise<Held> {
  if (Object.hasOwn(BARMAN_KINDS, name)) {
    const lock = barmanLock(name as BarmanKindName, options);
    await lock.acquire({ raiseIfFail: true, ...waiting });
    return lock;
  }
  if (options.shared === true) return KernelLock.acquire(name, { mode: 'shared', ...waiting });
  return lockPath(name, { command, ...waiting });
}

function barmanLock(name: BarmanKindName, options: LockRunOptions) {
  const { parameters, build } = BARMAN_KINDS[name];
  const [directory] = need(name, '--lock-directory', options.lockDirectory);
  const values = { server: options.server, backup: options.backup };
  const [server = '', backup = ''] = parameters.flatMap((key) => need(name, `--${key}`, values[key]));
  return build(directory!, server, backup);
}

function need(name: string, option: string, value: string | undefined): readonly string[] {
  if (value !== undefined && value !== '') return [value];
  throw new HoldfastError('usage', `the lock '${name}' needs ${option}`, {
    hint: `A file of that name is locked by its path: ./${name}`,
  });
}

/** Milliseconds. */
function seconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value * 1000;
  throw new HoldfastError('usage', `--wait takes seconds, not '${text}'`);
}

function status(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 255 && text.trim() !== '') return value;
  throw new HoldfastError('usage', `--fail-status takes a number from 0 to 255, not '${text}'`);
}
