import type { RunEntry, RunKind } from '@holdfast/backup';
import type { StorageStatus } from '@holdfast/monitor';
import { withoutPaths } from '../../without-paths.js';
import type { Point } from '../charts/point.js';
import { bytesInWords } from '../words/bytes.js';
import { durationInWords, type Moment, momentOf } from '../words/times.js';

/** A run in a chart: seconds, and what kind of bar it is. */
interface RunPoint extends Point {
  readonly tone: 'major' | 'minor' | 'failed';
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

/** How long backups, checks and restores took. */
export function durationViews(status: StorageStatus, nowMs: number): readonly DurationView[] {
  const fulls = new Map(
    status.sets.filter(({ part }) => part === 'full').map(({ id, timeMs }) => [id, timeMs]),
  );
  const points = (kinds: readonly RunKind[]) =>
    status.runs
      .filter(({ kind }) => kinds.includes(kind))
      .slice(-MOST_BARS)
      .map((run) => runPoint(run, fulls));
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

/** One that failed says nothing of how long a restore takes. */
function restores(points: readonly RunPoint[], nowMs: number): DurationView {
  const last = points.at(-1);
  const none =
    last === undefined
      ? 'Nobody has tried a restore yet.'
      : `No restore has succeeded yet; the last one was tried ${momentOf(last.timeMs, nowMs).relative}, and failed.`;
  const shown = points.some(({ tone }) => tone !== 'failed') ? points : [];
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
  const note = `the last, ${last.tone === 'failed' ? 'which failed, ' : ''}${momentOf(last.timeMs, nowMs).relative}`;
  return { id, title, points, now: durationInWords(last.value), note, empty: undefined };
}

function runPoint(run: RunEntry, fulls: ReadonlyMap<string, number>): RunPoint {
  const { kind, result, startedMs, finishedMs } = run;
  const major = kind !== 'backup' || madeFull(run, fulls);
  const made = major ? 'Full backup' : 'Increment';
  return {
    timeMs: startedMs,
    value: (finishedMs - startedMs) / 1000,
    tone: result === 'done' ? (major ? 'major' : 'minor') : 'failed',
    words: kind === 'backup' && result === 'done' ? made : KINDS[kind],
  };
}

/** A run that finds nothing new names the set that is there; that one it has not made. */
function madeFull({ set, startedMs, finishedMs }: RunEntry, fulls: ReadonlyMap<string, number>): boolean {
  const timeMs = set === undefined ? undefined : fulls.get(set);
  return timeMs !== undefined && timeMs >= startedMs - SECOND_MS && timeMs <= finishedMs;
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
export function runRows({ runs }: StorageStatus, nowMs: number): readonly RunRow[] {
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
      about: aboutOf(run),
    }));
}

function aboutOf({ message, code, set }: RunEntry): string {
  if (message !== undefined) return withoutPaths(message);
  return code ?? set ?? '–';
}
