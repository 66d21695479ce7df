import { type CheckReport, checkStorage, PROBLEM_TEXT, type Problem } from '@holdfast/directorystorage';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { Context } from '../context.js';
import { count, formatBytes, formatDuration, formatTime } from '../format.js';
import { type FrozenOptions, frozen } from './ds-storage.js';
import { tidTime } from './ds-tid.js';

/** So many problems are told one by one; with `-v` all that are known. */
const TOLD = 20;

/** `holdfast ds check`. */
export async function dsCheckCommand(context: Context, options: FrozenOptions): Promise<void> {
  const { clock, signal, output, progress } = context;
  const started = clock.monotonic();
  const onProgress = output.quiet
    ? undefined
    : (done: { files: number; bytes: number }) =>
        progress.update({ phase: 'ds-check', ...done, total: undefined });
  const report = await frozen(context, options, ({ directory }) =>
    checkStorage({ fs: nodeFileSystem, clock, signal, onProgress }, directory),
  );
  const seconds = (clock.monotonic() - started) / 1000;
  if (!report.sound) throw failed(context, report);
  output.result('ds check', { ...asData(report), seconds });
  const { objects, revisions, transactions } = report.statistics;
  output.line(
    `Sound: ${report.storage.directory}, ${count(objects, 'object')} in ${count(revisions, 'revision')} and ${count(transactions, 'transaction')}, ${formatDuration(seconds * 1000)}.`,
  );
  for (const line of remarks(report)) output.line(`  ${line}`);
}

/** docs/json.md, "ds check". */
function asData({ storage, statistics, serial, lastPack }: CheckReport) {
  const { format: layout, classname } = storage.settings;
  return { storage: storage.directory, layout, classname, serial, lastPack, statistics };
}

function remarks({ statistics, serial, storage }: CheckReport): readonly string[] {
  const { objectBytes, transactionBytes, unreachableObjects, leftovers, deletedFiles, foreignFiles } =
    statistics;
  const { settings } = storage;
  const lines = [
    `${settings.format} ${settings.classname}, ${formatBytes(objectBytes + transactionBytes)}`,
    ...(/^0+$/.test(serial) ? [] : [`up to transaction ${serial} of ${formatTime(tidTime(serial))}`]),
  ];
  const odd: readonly (readonly [number, string])[] = [
    [unreachableObjects, 'object that nothing leads to (the next pack removes it)'],
    [statistics.undoneObjects, 'object whose creation was undone'],
    [statistics.danglingInGarbage, 'reference to a missing object, from objects that nothing leads to'],
    [statistics.revisionsWithoutTransaction, 'old revision without its transaction file'],
    [statistics.oldCurrentFiles, 'current file of the old form'],
    [statistics.filesWithoutChecksum, 'file without a checksum'],
    [leftovers, 'file that an interrupted pack left'],
    [deletedFiles, 'file that a pack removed and that waits to be deleted'],
    [statistics.marks, 'mark of a pack'],
    [foreignFiles, 'file that is none of the storage'],
  ];
  return [...lines, ...odd.filter(([number]) => number > 0).map(([number, what]) => `${number} × ${what}`)];
}

function failed({ output }: Context, report: CheckReport): HoldfastError {
  const { problems, problemCount, storage, counts, statistics } = report;
  const told = output.verbose ? problems : problems.slice(0, TOLD);
  for (const problem of told) output.warn(text(problem));
  if (told.length < problemCount) output.warn(`and ${problemCount - told.length} more`);
  const message = `${count(problemCount, 'problem')} in ${storage.directory}`;
  return new HoldfastError('directorystorage.check-failed', message, {
    path: storage.directory,
    details: {
      problemCount,
      counts,
      problems: problems.map((problem) => ({ ...problem, text: text(problem) })),
      statistics,
    },
  });
}

function text({ kind, path, detail }: Problem): string {
  return `${path}: ${PROBLEM_TEXT[kind]}${detail === undefined ? '' : ` (${detail})`}`;
}
