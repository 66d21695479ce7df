import { problemText } from '@holdfast/filestorage-backup';
import type { SetReading } from '../sets/reading.js';
import { type SetData, setData } from './set-data.js';

export interface ListData {
  /** Oldest first. */
  readonly sets: readonly SetData[];
  /** What does not fit together, one sentence each. */
  readonly problems: readonly string[];
}

/** What `holdfast list --json` says (docs/json.md, "list"). */
export function listData(readings: readonly SetReading[]): ListData {
  const sets = readings.flatMap((reading) => reading.sets).sort((a, b) => (a.id < b.id ? -1 : 1));
  const problems = [
    ...readings.flatMap((reading) => [...reading.problems, ...chainProblems(reading)]),
    ...sets.flatMap((set) => set.problems.map((problem) => `set ${set.id}: ${problem}`)),
  ];
  return { sets: sets.map(setData), problems };
}

/** What does not fit together in a repository, also where every set can be restored. */
function chainProblems({ storages }: SetReading): readonly string[] {
  return storages.flatMap(({ repository }) =>
    (repository?.chains ?? []).flatMap(({ problems }) => problems.map(problemText)),
  );
}
