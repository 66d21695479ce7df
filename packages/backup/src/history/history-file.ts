import { join } from 'node:path';
import { type FileSystem, publishFile, readSmallFile } from '@holdfast/durable-fs';
import { errorLine, HoldfastError, isHoldfastError } from '@holdfast/errors';
import { KernelLock } from '@holdfast/lockfile';
import { type ParsedHistory, parseHistory, printHistory } from './history-text.js';
import type { RunEntry } from './run-entry.js';

/** In the place of the records of sets (docs/formats/sets.md, "The history"). */
export const HISTORY_NAME = '.holdfast-history';
/** Where one goes that holds what is no entry. */
const BROKEN_NAME = '.holdfast-history-broken';
/** 500 entries have 500 kB at the most. */
const LARGEST = 4 << 20;
/** Two runs that end at once write one after the other; whoever waits longer writes all the same. */
const PATIENCE_MS = 500;

export interface RunHistory {
  /** Oldest first, 500 at the most. */
  readonly runs: readonly RunEntry[];
  /** Why some or all cannot be read, one sentence; undefined: all can. */
  readonly problem: string | undefined;
}

/** What was run on the sets of a place. Never throws a `HoldfastError`: what cannot be read is told. */
export async function readRuns(fs: FileSystem, place: string): Promise<RunHistory> {
  const path = join(place, HISTORY_NAME);
  try {
    const { runs, reason } = await readHistory(fs, path);
    return { runs, problem: reason === undefined ? undefined : `${path} is not used in full: ${reason}` };
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return { runs: [], problem: errorLine(error) };
  }
}

/**
 * Adds a run, atomically and durably; the oldest beyond 500 go. A broken file is set aside, and what can be read of it is
 * kept. Needs no lock: two that come at once wait for each other.
 *
 * @param place of the records of sets
 * @throws HoldfastError `sets.history` where a newer Holdfast wrote it, or of the `fs.` family
 */
export async function recordRun(fs: FileSystem, place: string, entry: RunEntry): Promise<void> {
  const path = join(place, HISTORY_NAME);
  await using _lock = await lockHistory(path);
  const { runs, state, reason } = await readHistory(fs, path);
  if (state === 'later')
    throw new HoldfastError('sets.history', `${path} is not written to: ${reason}`, { path });
  if (state === 'broken') await fs.rename(path, join(place, BROKEN_NAME));
  await publishFile(fs, path, printHistory([...runs, entry]), { replace: true });
}

async function readHistory(fs: FileSystem, path: string): Promise<ParsedHistory> {
  try {
    const { kind, size } = await fs.lstat(path);
    if (kind === 'file' && size > LARGEST)
      return { runs: [], state: 'broken', reason: `it has ${size} bytes, more than any history` };
    return parseHistory((await readSmallFile(fs, path, LARGEST)).toString('utf8'));
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return parseHistory('');
    throw error;
  }
}

/** On the file itself: whoever replaces it is done. Without a file, or without kernel locks, there is none. */
async function lockHistory(path: string): Promise<AsyncDisposable | undefined> {
  try {
    return await KernelLock.tryAcquire(path, { create: false, wait: PATIENCE_MS });
  } catch (error) {
    if (isHoldfastError(error)) return undefined;
    throw error;
  }
}
