import { type RunEntry, SET_KINDS, type SetKind } from '@holdfast/backup';
import { newestOf } from '../good-sets.js';
import type { SetSummary, StorageStatus } from '../status.js';
import { storedOf } from '../stored.js';
import { coveredUntil } from '../verdict/covered.js';

/** A gauge for Prometheus (docs/monitoring.md, "Figures"): base units, times in seconds since 1970. */
export interface Figure {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Of one storage: labels beside `storage`, and the value. */
type Values = readonly (readonly [labels: Readonly<Record<string, string>>, value: number | undefined])[];

interface Definition {
  readonly name: string;
  readonly help: string;
  /** Beside `storage`. */
  readonly labels?: readonly string[];
  readonly of: (status: StorageStatus) => Values;
}

const LEVELS = ['safe', 'attention', 'danger'] as const;
const RESULTS = ['done', 'failed', 'cancelled'] as const;

/** Every figure has its name, even where no storage has a value: absence can be told from a wrong name. */
export function figuresOf(statuses: readonly StorageStatus[]): readonly Figure[] {
  return DEFINITIONS.map(({ name, help, labels = [], of }) => ({
    name,
    help,
    labels: ['storage', ...labels],
    samples: statuses.flatMap((status) =>
      of(status).flatMap(([more, value]) =>
        value === undefined ? [] : [{ labels: { storage: status.name, ...more }, value }],
      ),
    ),
  }));
}

const DEFINITIONS: readonly Definition[] = [
  {
    name: 'holdfast_verdict',
    help: 'Whether the verdict on the storage is of this level: 1 for one of safe, attention and danger.',
    labels: ['level'],
    of: ({ verdict }) => LEVELS.map((level) => [{ level }, Number(level === verdict.level)]),
  },
  {
    name: 'holdfast_status_timestamp_seconds',
    help: 'When these figures were read.',
    of: ({ readAtMs }) => [[{}, readAtMs / 1000]],
  },
  {
    name: 'holdfast_status_problems',
    help: 'What could not be read or does not fit together.',
    of: ({ problems }) => [[{}, problems.length]],
  },
  {
    name: 'holdfast_backup_last_success_timestamp_seconds',
    help: 'The latest moment whose state is in a whole set of this kind, or was found unchanged since.',
    labels: ['kind'],
    of: (status) => ofKinds(status, (newest) => seconds(coveredUntil({ newest, runs: status.runs }))),
  },
  {
    name: 'holdfast_backup_age_seconds',
    help: 'Age of that moment when these figures were read.',
    labels: ['kind'],
    of: (status) =>
      ofKinds(status, (newest) => seconds(status.readAtMs - coveredUntil({ newest, runs: status.runs })!)),
  },
  {
    name: 'holdfast_backup_size_bytes',
    help: 'Stored bytes of the Data.fs part of the newest whole set of this kind, without what it goes on from.',
    labels: ['kind'],
    of: (status) => ofKinds(status, ({ storedBytes }) => storedBytes),
  },
  {
    name: 'holdfast_backup_last_duration_seconds',
    help: 'How long the last backup of this kind took, whatever came of it.',
    labels: ['kind'],
    of: ({ runs }) => SET_KINDS.map((kind) => [{ kind }, durationOf(lastOf(runs, [kind]))]),
  },
  {
    name: 'holdfast_backup_last_run_timestamp_seconds',
    help: 'When the last backup of this kind ended, whatever came of it.',
    labels: ['kind'],
    of: ({ runs }) => SET_KINDS.map((kind) => [{ kind }, seconds(lastOf(runs, [kind])?.finishedMs)]),
  },
  {
    name: 'holdfast_backup_last_result',
    help: 'Whether the last backup of this kind ended so: 1 for one of done, failed and cancelled.',
    labels: ['kind', 'result'],
    of: ({ runs }) =>
      SET_KINDS.flatMap((kind) => {
        const last = lastOf(runs, [kind]);
        return RESULTS.map((result) => [{ kind, result }, last && Number(last.result === result)] as const);
      }),
  },
  {
    name: 'holdfast_sets',
    help: 'Whole sets of this kind.',
    labels: ['kind'],
    of: ({ sets }) =>
      SET_KINDS.map((kind) => [{ kind }, sets.filter((set) => set.kind === kind && set.whole).length]),
  },
  {
    name: 'holdfast_sets_not_whole',
    help: 'Sets of this kind of which something is missing.',
    labels: ['kind'],
    of: ({ sets }) =>
      SET_KINDS.map((kind) => [{ kind }, sets.filter((set) => set.kind === kind && !set.whole).length]),
  },
  {
    name: 'holdfast_verified_timestamp_seconds',
    help: 'When a set was last checked; where the last check of a kind found damage, when that was.',
    of: ({ verified }) => [[{}, seconds(verified?.timeMs)]],
  },
  {
    name: 'holdfast_verified_sound',
    help: 'Whether no last check of a kind found a set damaged.',
    of: ({ verified }) => [[{}, verified && Number(verified.sound)]],
  },
  {
    name: 'holdfast_uncovered_bytes',
    help: 'Bytes of Data.fs that are in no set: what a crash would lose. Missing after a pack, until the next backup.',
    of: ({ uncovered }) => [[{}, uncovered?.bytes]],
  },
  {
    name: 'holdfast_source_present',
    help: 'Whether the storage itself is there.',
    of: ({ source }) => [[{}, Number(source.present)]],
  },
  {
    name: 'holdfast_source_bytes',
    help: 'Size of Data.fs.',
    of: ({ source }) => [[{}, source.bytes]],
  },
  {
    name: 'holdfast_source_last_commit_timestamp_seconds',
    help: 'Time of the last transaction of the storage.',
    of: ({ source }) => [[{}, seconds(source.committedMs)]],
  },
  {
    name: 'holdfast_backups_stored_bytes',
    help: 'Stored bytes of all Data.fs backups and archives of this kind.',
    labels: ['kind'],
    of: ({ sets }) => {
      const stored = [...storedOf(sets)];
      const ofKind = (kind: SetKind) => stored.filter(([set]) => set.kind === kind);
      return SET_KINDS.map((kind) => [{ kind }, ofKind(kind).reduce((sum, [, { data }]) => sum + data, 0)]);
    },
  },
  {
    name: 'holdfast_blobs_bytes',
    help: 'Bytes of the blobs in the newest whole set.',
    of: ({ newest }) => [[{}, newest?.blobs?.bytes]],
  },
  {
    name: 'holdfast_blobs_files',
    help: 'Blob files in the newest whole set.',
    of: ({ newest }) => [[{}, newest?.blobs?.files]],
  },
  {
    name: 'holdfast_lock_held',
    help: 'Whether somebody holds the lock: storage (a ZODB has it open), repository, manager or snapshot.',
    labels: ['lock'],
    of: ({ locks }) => {
      const known = locks.filter(({ state }) => state !== 'unknown');
      return [...new Set(known.map(({ what }) => what))].map((lock) => [
        { lock },
        Number(known.some(({ what, state }) => what === lock && state === 'held')),
      ]);
    },
  },
  {
    name: 'holdfast_restore_test_timestamp_seconds',
    help: 'When the last restore to a directory of its own was done.',
    of: ({ runs }) => [[{}, seconds(lastOf(runs, ['restore-test'], 'done')?.finishedMs)]],
  },
  {
    name: 'holdfast_restore_test_duration_seconds',
    help: 'How long that restore took.',
    of: ({ runs }) => [[{}, durationOf(lastOf(runs, ['restore-test'], 'done'))]],
  },
];

function ofKinds({ sets }: StorageStatus, of: (newest: SetSummary) => number | undefined): Values {
  return SET_KINDS.map((kind) => {
    const newest = newestOf(sets.filter((set) => set.kind === kind));
    return [{ kind }, newest && of(newest)];
  });
}

function lastOf(
  runs: readonly RunEntry[],
  kinds: readonly RunEntry['kind'][],
  result?: RunEntry['result'],
): RunEntry | undefined {
  return runs.findLast((run) => kinds.includes(run.kind) && (result === undefined || run.result === result));
}

function durationOf(run: RunEntry | undefined): number | undefined {
  return run && (run.finishedMs - run.startedMs) / 1000;
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
