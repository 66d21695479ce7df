import { errorLine, isHoldfastError } from '@holdfast/errors';
import type { World } from '../run/world.js';
import { recordRun } from './history-file.js';
import type { RunEntry } from './run-entry.js';

/** What is known of a run before it begins. */
export interface RunBegun extends Pick<RunEntry, 'kind' | 'set' | 'setKind' | 'level'> {
  /** Of the records of sets: there the history lies. */
  readonly place: string;
}

/** What is known of it when it has ended. */
export type RunEnd = Partial<Pick<RunEntry, 'result' | 'code' | 'message' | 'set' | 'bytes'>>;

/** There is no place, or none that this process may write to: whoever only reads has nothing to be told. */
const NOT_HERE: ReadonlySet<string> = new Set(['fs.not-found', 'fs.read-only', 'fs.permission']);

/**
 * Runs something and adds it to the history, whether it is done, failed or was cancelled. A history that cannot be
 * written changes nothing of that: it is a warning.
 *
 * @param ended what to add of a run that is done; undefined: there was nothing to run on, and nothing is recorded
 * @throws what `run` throws
 */
export async function recorded<T>(
  world: Pick<World, 'fs' | 'clock' | 'warn'>,
  begun: RunBegun,
  run: () => Promise<T>,
  ended: (result: T) => RunEnd | undefined,
): Promise<T> {
  const { place, ...known } = begun;
  const startedMs = world.clock.now();
  const entry = (end: RunEnd): RunEntry => ({
    startedMs,
    finishedMs: Math.max(startedMs, world.clock.now()),
    result: 'done',
    ...known,
    ...end,
  });
  let result: T;
  try {
    result = await run();
  } catch (error) {
    // What went wrong is the error to tell, whatever comes of writing it down.
    await record(world, place, entry(failureOf(error))).catch(() => {});
    throw error;
  }
  const end = ended(result);
  if (end !== undefined) await record(world, place, entry(end));
  return result;
}

async function record(
  { fs, warn }: Pick<World, 'fs' | 'warn'>,
  place: string,
  entry: RunEntry,
): Promise<void> {
  try {
    await recordRun(fs, place, entry);
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    if (!NOT_HERE.has(error.code))
      warn?.(`this run is missing from the history of the backups: ${errorLine(error)}`);
  }
}

function failureOf(error: unknown): RunEnd {
  const code = isHoldfastError(error) ? error.code : 'internal';
  const message = isHoldfastError(error) ? error.message : 'an error that was not expected';
  return { result: code === 'cancelled' ? 'cancelled' : 'failed', code, message };
}
