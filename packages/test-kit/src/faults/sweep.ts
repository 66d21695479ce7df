import { type FileSystem, nodeFileSystem } from '@holdfast/durable-fs';
import { type Call, callLine, isMutating } from './call.js';
import { FaultyFileSystem } from './faulty-file-system.js';

/** More calls that change the disk than any operation under test makes: past it the sweep is taken to be endless. */
const LIMIT = 5000;

interface Sweep<State> {
  /** Makes a fresh state to run on, for each point: a directory with what the operation begins with. */
  prepare(): Promise<State>;
  /** The operation. */
  run(fs: FaultyFileSystem, state: State): Promise<unknown>;
  /** The file system that carries out the calls. Default: the real one. */
  readonly inner?: FileSystem;
}

export interface CrashPoint {
  /** Which of the calls that change the disk, from 1. */
  readonly nth: number;
  readonly moment: 'before' | 'torn';
  readonly call: Call;
}

export interface CrashSweep<State> extends Sweep<State> {
  /** What must hold after the crash: old or new, never between. Runs without faults on what the crash left. */
  check(state: State, point: CrashPoint): Promise<void>;
}

/**
 * Runs an operation again and again, and lets the process die at each call that changes the disk: once before it and
 * once in the middle of it (half of a write; other calls are done whole, so this is also "after"). Ends when the
 * operation comes through; the number of crashes.
 */
export async function sweepCrashes<State>(sweep: CrashSweep<State>): Promise<number> {
  let crashes = 0;
  for (const moment of ['before', 'torn'] as const) {
    for (let nth = 1; ; nth++) {
      const state = await sweep.prepare();
      const fs = new FaultyFileSystem(sweep.inner ?? nodeFileSystem).crashAtMutation(nth, moment);
      const { error } = await outcomeOf(() => sweep.run(fs, state));
      if (!fs.crashed) {
        if (error !== undefined) throw error;
        break;
      }
      const call = struckCall(fs, nth);
      await naming(
        `after a crash ${moment === 'before' ? 'before' : 'in'} call ${nth}, ${callLine(call)}`,
        () => sweep.check(state, { nth, moment, call }),
      );
      crashes += 1;
    }
  }
  return crashes;
}

export interface FaultPoint {
  readonly nth: number;
  readonly call: Call;
  /** What the operation threw; undefined when it came through in spite of the fault. */
  readonly error: unknown;
}

export interface FaultSweep<State> extends Sweep<State> {
  /** The system error: `EIO`, `ENOSPC`. */
  readonly fault: string;
  check(state: State, point: FaultPoint): Promise<void>;
}

/** As `sweepCrashes`, but each call that changes the disk fails once with a system error, and the operation goes on. */
export async function sweepFaults<State>(sweep: FaultSweep<State>): Promise<number> {
  for (let nth = 1; ; nth++) {
    const state = await sweep.prepare();
    const fs = new FaultyFileSystem(sweep.inner ?? nodeFileSystem).failMutation(sweep.fault, { nth });
    const { error } = await outcomeOf(() => sweep.run(fs, state));
    if (fs.calls.filter(isMutating).length < nth) {
      if (error !== undefined) throw error;
      return nth - 1;
    }
    const call = struckCall(fs, nth);
    await naming(`after ${sweep.fault} at call ${nth}, ${callLine(call)}`, () =>
      sweep.check(state, { nth, call, error }),
    );
  }
}

function struckCall(fs: FaultyFileSystem, nth: number): Call {
  if (nth > LIMIT) throw new Error(`the operation changes the disk more than ${LIMIT} times`);
  return fs.calls.filter(isMutating)[nth - 1]!;
}

async function outcomeOf(run: () => Promise<unknown>): Promise<{ readonly error: unknown }> {
  try {
    await run();
    return { error: undefined };
  } catch (error) {
    return { error };
  }
}

/** Puts the point before the message of a failed check. */
async function naming(point: string, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    throw new Error(`${point}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
