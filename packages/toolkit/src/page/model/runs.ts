import type { RunEntry, RunKind } from '@holdfast/backup';
import { type SetSummary, type StorageStatus, storedOf } from '@holdfast/monitor';
import type { PathFilter } from '../../without-paths.js';
import type { Point } from '../charts/point.js';
import { bytesInWords } from '../words/bytes.js';
import { durationInWords, type Moment, momentOf } from '../words/times.js';
import type { Viewer } from './seen.js';

/** A run in a chart: seconds, and what kind of bar it is. */
interface RunPoint extends Point {
  readonly tone: 'major' | 'minor' | 'failed' | 'cancelled';
  /** What was run, and what came of it. */
  readonly words: string;
}

export interface DurationView {
  readonly id: 'backup' | 'verify' | 'restore';
  readonly title: string;
  readonly points: readonly RunPoint[];
  readonly now: string;
  readonly note: string;
  readonly empty: string | undefined;
}

const MOST_BARS = 40;
/** Sets are dated to the second. */
const SECOND_MS = 1000;

const KINDS: Readonly<Record<RunKind, string>> = {
  backup: 'Backup',
  snapshot: 'Snapshot backup',
  zip: 'Zip archive',
  verify: 'Check',
  prune: 'Clean-up',
  restore: 'Restore',
  'restore-test': 'Restore test',
};

/** What a run made of the storage, in words. */
const MADE = { full: 'Full backup', increment: 'Increment', nothing: 'Nothing new' } as const;
type Made = keyof typeof MADE;

/** How long backups, checks and restores took. */
export function durationViews(status: StorageStatus, nowMs: number): readonly DurationView[] {
  const madeBy = makings(status);
  const points = (kinds: readonly RunKind[]) =>
    status.runs
      .filter(({ kind }) => kinds.includes(kind))
      .slice(-MOST_BARS)
      .map((run) => runPoint(run, madeBy));
  return [
    duration(
      'backup',
      'Backups',
      points(['backup', 'snapshot', 'zip']),
      nowMs,
      'No run of a backup has been written down yet.',
    ),
    duration('verify', 'Checks', points(['verify']), nowMs, 'No check has been written down yet.'),
    restores(points(['restore-test', 'restore']), nowMs),
  ];
}

/** One that did not come to its end says nothing of how long a restore takes. */
function restores(points: readonly RunPoint[], nowMs: number): DurationView {
  const last = points.at(-1);
  const none =
    last === undefined
      ? 'Nobody has tried a restore yet.'
      : `No restore has succeeded yet; the last one was tried ${momentOf(last.timeMs, nowMs).relative}, and ${outcomeOf(last)}.`;
  const shown = points.some((point) => outcomeOf(point) === undefined) ? points : [];
  return duration('restore', 'Restore tests', shown, nowMs, `${none} A backup is proven by restoring it.`);
}

function duration(
  id: DurationView['id'],
  title: string,
  points: readonly RunPoint[],
  nowMs: number,
  empty: string,
): DurationView {
  const last = points.at(-1);
  if (last === undefined) return { id, title, points, now: '', note: '', empty };
  const outcome = outcomeOf(last);
  const note = `the last, ${outcome === undefined ? '' : `which ${outcome}, `}${momentOf(last.timeMs, nowMs).relative}`;
  return { id, title, points, now: durationInWords(last.value), note, empty: undefined };
}

/** Of one that was not done. */
function outcomeOf({ tone }: RunPoint): string | undefined {
  if (tone === 'failed') return 'failed';
  return tone === 'cancelled' ? 'was cancelled' : undefined;
}

type MadeBy = (run: RunEntry) => Made | undefined;

function runPoint(run: RunEntry, madeBy: MadeBy): RunPoint {
  const { kind, result, startedMs, finishedMs } = run;
  const bar = { timeMs: startedMs, value: (finishedMs - startedMs) / 1000 };
  if (result !== 'done')
    return { ...bar, tone: result, words: `${KINDS[kind]}, ${RESULTS[result].toLowerCase()}` };
  if (kind !== 'backup') return { ...bar, tone: 'major', words: KINDS[kind] };
  const made = madeBy(run);
  return {
    ...bar,
    tone: made === 'full' ? 'major' : 'minor',
    words: made === undefined ? KINDS.backup : MADE[made],
  };
}

/**
 * Tells what a backup that was done made of the storage. A run that finds nothing new names the set that is there; where another
 * storage of the site changed, its set has again what there was of this one. Undefined: the set is gone, or of blobs only.
 */
function makings({ sets }: StorageStatus): MadeBy {
  const stored = storedOf(sets);
  const backups = new Map<string | undefined, SetSummary>(
    sets.filter(({ kind }) => kind === 'backup').map((set) => [set.id, set]),
  );
  return ({ set: id, startedMs, finishedMs }) => {
    const set = backups.get(id);
    if (set === undefined) return undefined;
    const own = set.timeMs >= startedMs - SECOND_MS && set.timeMs <= finishedMs && stored.get(set)!.isNew;
    return own ? set.part : 'nothing';
  };
}

/** A row of the table of runs. */
export interface RunRow {
  readonly started: Moment;
  readonly kind: string;
  readonly result: RunEntry['result'];
  readonly resultWord: string;
  readonly took: string;
  readonly amount: string;
  /** The set, or what went wrong. */
  readonly about: string;
}

const RESULTS: Readonly<Record<RunEntry['result'], string>> = {
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

const MOST_ROWS = 20;

/** @returns newest first */
export function runRows({ runs }: StorageStatus, { nowMs, paths }: Viewer): readonly RunRow[] {
  return runs
    .slice(-MOST_ROWS)
    .reverse()
    .map((run) => ({
      started: momentOf(run.startedMs, nowMs),
      kind: run.level === undefined ? KINDS[run.kind] : `${KINDS[run.kind]} (${run.level})`,
      result: run.result,
      resultWord: RESULTS[run.result],
      took: durationInWords((run.finishedMs - run.startedMs) / 1000),
      amount: run.bytes === undefined ? '–' : bytesInWords(run.bytes),
      about: aboutOf(run, paths),
    }));
}

function aboutOf({ message, code, set }: RunEntry, paths: PathFilter): string {
  if (message !== undefined) return paths.text(message);
  return code ?? set ?? '–';
}
