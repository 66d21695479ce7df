import type { BackupSet, BlobPart, RunEntry, SetReading } from '@holdfast/backup';
import { problemText } from '@holdfast/filestorage-backup';
import type { SetSummary, StorageStatus } from '../status.js';

/** The sets of all kinds that have a part of a storage, oldest first. Pure. */
export function summariesOf(readings: readonly SetReading[], storage: string): readonly SetSummary[] {
  return readings
    .flatMap(({ sets }) => sets.flatMap((set) => summaryOf(set, storage)))
    .sort((a, b) => a.timeMs - b.timeMs);
}

function summaryOf(set: BackupSet, storage: string): readonly SetSummary[] {
  const part = set.record.parts.find((one) => one.storage === storage);
  if (part === undefined) return [];
  const { filestorage: data, blobs } = part;
  const { startedMs, finishedMs } = set.record;
  return [
    {
      id: set.id,
      kind: set.kind,
      timeMs: set.timeMs,
      origin: set.origin,
      part: data?.kind,
      chain: data?.chain,
      tid: data?.tid,
      dataBytes: data?.end,
      newBytes: data === undefined ? undefined : data.end - data.start,
      storedBytes: data?.storedSize,
      blobs: blobs && set.origin === 'holdfast' ? countsOf(blobs) : undefined,
      missingBlobs: blobs?.missing,
      seconds: set.origin === 'holdfast' ? (finishedMs - startedMs) / 1000 : undefined,
      verified: set.verified,
      pinned: set.pinned,
      whole: set.problems.length === 0,
      problem: set.problems[0],
    },
  ];
}

function countsOf({ files, bytes, addedFiles, addedBytes }: BlobPart): SetSummary['blobs'] {
  return { files, bytes, addedFiles, addedBytes };
}

/**
 * The newest set that the last check of its kind found damaged and no later one sound, else the newest check. Each set keeps its own; a check
 * whose sets are gone meanwhile is known from the history.
 *
 * @param sets oldest first
 * @param runs oldest first
 */
export function lastCheck(sets: readonly SetSummary[], runs: readonly RunEntry[]): StorageStatus['verified'] {
  const damaged = sets.findLast(
    (set) => set.verified?.sound === false && !wasCheckedSince(set, runs) && !isMended(set, sets),
  );
  if (damaged !== undefined) return { setId: damaged.id, ...damaged.verified! };
  const ofSets = sets.flatMap(({ id, verified }) =>
    verified === undefined ? [] : [{ setId: id, ...verified }],
  );
  const ofRuns = runs.flatMap(({ kind, result, set, level, finishedMs }) =>
    kind === 'verify' && result === 'done' && set !== undefined
      ? [{ setId: set, timeMs: finishedMs, level: level ?? 'stored', sound: true }]
      : [],
  );
  // At the same moment a set knows better: it is said of this very set.
  return [...ofRuns, ...ofSets].reduce<StorageStatus['verified']>(
    (last, check) => (last === undefined || check.timeMs >= last.timeMs ? check : last),
    undefined,
  );
}

/** Whether the same check, or one after it, found a later set of the kind sound. */
function isMended({ kind, timeMs, verified }: SetSummary, sets: readonly SetSummary[]): boolean {
  return sets.some(
    (set) =>
      set.kind === kind &&
      set.timeMs > timeMs &&
      set.verified?.sound === true &&
      set.verified.timeMs >= verified!.timeMs,
  );
}

/** Whether a check of its kind that began after its own came to its end: that one looked at all sets that were there. */
function wasCheckedSince({ kind, verified }: SetSummary, runs: readonly RunEntry[]): boolean {
  return runs.some(
    (run) =>
      run.kind === 'verify' &&
      run.setKind === kind &&
      (run.result === 'done' || run.code === 'repository.verify-failed') &&
      run.startedMs > verified!.timeMs,
  );
}

/** What could not be read, and what does not fit together in the repository of a storage. */
export function problemsOf({ problems, storages }: SetReading, storage: string): readonly string[] {
  const own = storages.find((one) => one.storage.name === storage)?.repository;
  return [...problems, ...(own?.chains ?? []).flatMap((chain) => chain.problems.map(problemText))];
}
