import type { RunEntry } from '@holdfast/backup';
import type { SetSummary, StorageStatus } from './status.js';
import { coveredUntil } from './verdict/covered.js';

export interface StatusDataOptions {
  /** Whether full paths of this machine are told. Default false: whoever asks over the network need not know them. */
  readonly paths?: boolean;
}

/** A status in `--json` and in the API (docs/json.md, "status"): times in ISO 8601, null where something is not known. */
export type StatusData = ReturnType<typeof statusData>;

export function statusData(status: StorageStatus, { paths = false }: StatusDataOptions = {}) {
  const { source, verified, uncovered, newest } = status;
  return {
    storage: status.name,
    kind: status.kind,
    time: timeOf(status.readAtMs),
    verdict: status.verdict,
    source: {
      ...(paths && { path: source.path }),
      present: source.present,
      bytes: source.bytes ?? null,
      last: source.tid === undefined ? null : { tid: source.tid, time: timeOrNull(source.committedMs) },
    },
    ...(paths && { blobStorage: status.blobStorage ?? null }),
    hasBlobs: status.blobStorage !== undefined,
    newest: newest?.id ?? null,
    coveredUntil: timeOrNull(coveredUntil(status)),
    verified:
      verified === undefined
        ? null
        : {
            set: verified.setId,
            time: timeOf(verified.timeMs),
            level: verified.level,
            sound: verified.sound,
          },
    uncovered:
      uncovered === undefined
        ? null
        : { bytes: uncovered.bytes ?? null, since: timeOrNull(uncovered.sinceMs) },
    sets: status.sets.map(setData),
    runs: status.runs.map(runData),
    locks: status.locks.map(({ what, path, state, holder }) => ({
      what,
      ...(paths && { path }),
      state,
      holder: holder ?? null,
    })),
    problems: status.problems,
  };
}

function setData(set: SetSummary) {
  const { verified, blobs } = set;
  return {
    id: set.id,
    kind: set.kind,
    time: timeOf(set.timeMs),
    origin: set.origin,
    part: set.part ?? null,
    chain: set.chain ?? null,
    tid: set.tid ?? null,
    dataBytes: set.dataBytes ?? null,
    newBytes: set.newBytes ?? null,
    storedBytes: set.storedBytes ?? null,
    blobs: blobs ?? null,
    seconds: set.seconds ?? null,
    verified:
      verified === undefined
        ? null
        : { time: timeOf(verified.timeMs), level: verified.level, sound: verified.sound },
    pinned: set.pinned,
    whole: set.whole,
    problem: set.problem ?? null,
  };
}

function runData(run: RunEntry) {
  return {
    kind: run.kind,
    started: timeOf(run.startedMs),
    finished: timeOf(run.finishedMs),
    seconds: (run.finishedMs - run.startedMs) / 1000,
    result: run.result,
    code: run.code ?? null,
    message: run.message ?? null,
    set: run.set ?? null,
    setKind: run.setKind ?? null,
    level: run.level ?? null,
    bytes: run.bytes ?? null,
  };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

function timeOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : timeOf(ms);
}
