import type { BackupSet, SetPart, SetReading } from '@holdfast/backup';
import { tidToTime } from '@holdfast/filestorage';
import { problemText } from '@holdfast/filestorage-backup';
import type { Context } from '../context.js';
import { count, formatBytes, formatTime, table } from '../format.js';
import { jsonTime, jsonTransaction } from '../output.js';
import { type KindOptions, kindsOf, readKinds } from '../sets.js';
import { findSite } from '../site.js';

/** `holdfast list`. It takes no lock: one can look at any time. */
export async function listCommand(context: Context, options: KindOptions): Promise<void> {
  const { output } = context;
  const config = await findSite(context, options);
  const readings = await readKinds(context, config, kindsOf(options));
  const sets = readings.flatMap((reading) => reading.sets).sort((a, b) => (a.id < b.id ? -1 : 1));
  const problems = [
    ...readings.flatMap((reading) => [...reading.problems, ...chainProblems(reading)]),
    ...sets.flatMap((set) => set.problems.map((problem) => `set ${set.id}: ${problem}`)),
  ];
  for (const problem of problems) output.warn(problem);
  output.result('list', { sets: sets.map(setData), problems });
  if (sets.length === 0) {
    output.line(`There is no backup in ${readings.map(({ places }) => places.record).join(' or ')}.`);
    return;
  }
  const head = ['SET', 'KIND', 'DATA.FS', 'NEW', 'TRANSACTIONS', 'STORED', 'BLOBS', 'NEW', 'CHECKED'];
  for (const row of table([head, ...sets.map(asRow)], [2, 3, 4, 5, 6, 7])) output.line(row);
  const stored = sets.reduce((sum, set) => sum + storedSize(set), 0);
  output.line(`${count(sets.length, 'set')}, ${formatBytes(stored)} of filestorage backups.`);
  output.line('One in full: holdfast show SET. To restore it: holdfast restore SET.');
}

/** What does not fit together in a repository, also where every set can be restored. */
function chainProblems({ storages }: SetReading): readonly string[] {
  return storages.flatMap(({ repository }) =>
    (repository?.chains ?? []).flatMap(({ problems }) => problems.map(problemText)),
  );
}

function storedSize({ record }: BackupSet): number {
  return record.parts.reduce((sum, { filestorage }) => sum + (filestorage?.storedSize ?? 0), 0);
}

function asRow(set: BackupSet): readonly string[] {
  const parts = set.record.parts;
  const sum = (of: (part: SetPart) => number) => parts.reduce((total, part) => total + of(part), 0);
  const hasBlobs = parts.some(({ blobs }) => blobs !== undefined && set.origin === 'holdfast');
  const hasData = parts.some(({ filestorage }) => filestorage !== undefined);
  const known = parts.every(({ filestorage }) => filestorage === undefined || filestorage.tid !== undefined);
  return [
    set.id,
    kindText(set),
    hasData ? formatBytes(sum(({ filestorage }) => filestorage?.end ?? 0)) : '',
    hasData ? `+${formatBytes(sum(({ filestorage: f }) => (f === undefined ? 0 : f.end - f.start)))}` : '',
    hasData && known ? String(sum(({ filestorage }) => filestorage?.transactions ?? 0)) : '',
    hasData ? formatBytes(storedSize(set)) : '',
    hasBlobs ? `${sum(({ blobs }) => blobs?.files ?? 0)}` : '',
    hasBlobs ? `+${sum(({ blobs }) => blobs?.addedFiles ?? 0)}` : '',
    stateText(set),
  ];
}

/** `full`, `increment`, `snapshot`, `zip`, `blobs`. */
export function kindText({ kind, record }: BackupSet): string {
  if (kind !== 'backup') return kind;
  return record.parts.at(-1)?.filestorage?.kind ?? 'blobs';
}

function stateText({ problems, verified, pinned }: BackupSet): string {
  const states = [
    ...(problems.length > 0 ? ['NOT WHOLE'] : []),
    ...(verified === undefined ? [] : [verified.sound ? formatTime(verified.timeMs) : 'DAMAGED']),
    ...(pinned ? ['kept'] : []),
  ];
  return states.join(', ');
}

/** A set in `--json` (docs/json.md, "list"). */
export function setData({ id, timeMs, kind, origin, record, problems, pinned, verified }: BackupSet) {
  return {
    id,
    time: jsonTime(timeMs),
    kind,
    origin,
    storages: record.parts.map(partData),
    pinned,
    verified:
      verified === undefined
        ? null
        : { time: jsonTime(verified.timeMs), level: verified.level, sound: verified.sound },
    problems,
  };
}

function partData({ storage, filestorage, blobs }: SetPart) {
  return {
    storage,
    filestorage:
      filestorage === undefined
        ? null
        : {
            name: filestorage.name,
            kind: filestorage.kind,
            chain: filestorage.chain,
            start: filestorage.start,
            end: filestorage.end,
            storedSize: filestorage.storedSize,
            transactions: filestorage.transactions,
            last:
              filestorage.tid === undefined
                ? null
                : jsonTransaction(filestorage.tid, tidToTime(BigInt(`0x${filestorage.tid}`))),
          },
    blobs:
      blobs === undefined
        ? null
        : {
            id: blobs.id,
            style: blobs.style,
            files: blobs.files,
            bytes: blobs.bytes,
            addedFiles: blobs.addedFiles,
            addedBytes: blobs.addedBytes,
            missing: blobs.missing,
          },
  };
}
