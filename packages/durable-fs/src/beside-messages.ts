import type { HoldfastError } from '@holdfast/errors';
import type { BesideOutcome, BesideTask } from './bulk-files.js';

/**
 * How tasks go to the other thread and their outcomes come back: as two texts and two arrays of numbers, because an
 * object for each costs more than some of the calls. `beside-program.ts` is the other end.
 */
export interface PackedTasks {
  /** Paths, each with a NUL behind it. */
  readonly paths: string;
  /** For each task its code, and what belongs to it. */
  readonly numbers: Float64Array;
}

export interface PackedOutcomes<Failure> {
  /** For each task its code, and what belongs to it. */
  readonly numbers: Float64Array;
  /** SHA-256 of each copied file, base64, one behind the other. */
  readonly digests: string;
  readonly failures: readonly Failure[];
}

/** What begins each task in `numbers`, and what follows it there. */
export const TASK = {
  COPY: 0,
  /** UID GID MTIME; UID -1: the owner stays. */
  FINISH: 1,
  /** MODE. */
  DIRECTORY: 2,
} as const;

/** What begins each outcome in `numbers`, and what follows it there. */
export const OUTCOME = {
  DONE: 0,
  /** SIZE MODE UID GID MTIME. */
  COPIED: 1,
  /** SIZE. */
  TOO_LARGE: 2,
  FAILED: 3,
} as const;

const DIGEST_LENGTH = 44;

export function packTasks(tasks: readonly BesideTask[]): PackedTasks {
  let paths = '';
  const numbers: number[] = [];
  for (const task of tasks) {
    paths += `${task.path}\0`;
    if (task.kind === 'copy') numbers.push(TASK.COPY);
    else if (task.kind === 'directory') numbers.push(TASK.DIRECTORY, task.mode);
    else numbers.push(TASK.FINISH, task.owner?.uid ?? -1, task.owner?.gid ?? -1, task.mtimeMs);
  }
  return { paths, numbers: Float64Array.from(numbers) };
}

export function unpackOutcomes<Failure>(
  { numbers, digests, failures }: PackedOutcomes<Failure>,
  errorOf: (failure: Failure) => HoldfastError,
): readonly BesideOutcome[] {
  const outcomes: BesideOutcome[] = [];
  let [at, digest, failed] = [0, 0, 0];
  const next = () => numbers[at++]!;
  while (at < numbers.length) {
    const code = next();
    if (code === OUTCOME.DONE) outcomes.push({ kind: 'done' });
    else if (code === OUTCOME.COPIED) {
      const stat = { size: next(), mode: next(), uid: next(), gid: next(), mtimeMs: next() };
      const sha256 = digests.slice(digest, digest + DIGEST_LENGTH);
      digest += DIGEST_LENGTH;
      outcomes.push({ kind: 'copied', stat, sha256 });
    } else if (code === OUTCOME.TOO_LARGE) outcomes.push({ kind: 'too-large', size: next() });
    else outcomes.push({ kind: 'failed', error: errorOf(failures[failed++]!) });
  }
  return outcomes;
}
