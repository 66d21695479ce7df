import { type BackupSet, type FoundPart, partsOf } from '@holdfast/backup';
import { tidToTime } from '@holdfast/filestorage';
import type { Context } from '../context.js';
import { count, formatBytes, formatDuration, formatTime } from '../format.js';
import { findIn, type KindOptions, kindsOf, readKinds } from '../sets.js';
import { findSite } from '../site.js';
import { kindText, setData } from './list.js';

/** `holdfast show ID`. */
export async function showCommand(context: Context, id: string, options: KindOptions): Promise<void> {
  const { output } = context;
  const config = await findSite(context, options);
  const { set, reading } = findIn(await readKinds(context, config, kindsOf(options)), id);
  const parts = partsOf(reading, set);
  const files = parts.map(({ storage, moment, blobs }) => ({
    storage: storage.name,
    repository: storage.filestorage ?? null,
    files: moment?.path.map(({ name }) => name) ?? [],
    blobs: blobs?.path ?? null,
  }));
  output.result('show', { set: setData(set), files });
  for (const problem of set.problems) output.warn(problem);
  for (const line of [...headLines(set), ...parts.flatMap((part) => partLines(set, part))]) output.line(line);
}

function headLines(set: BackupSet): readonly string[] {
  const { id, record, origin, verified, pinned, timeMs } = set;
  const made =
    origin === 'holdfast'
      ? `made ${formatTime(record.startedMs)}, in ${formatDuration(record.finishedMs - record.startedMs)}`
      : 'made by repozo or the recipe: it has no record, its parts are found by their names';
  const check =
    verified === undefined
      ? 'never checked: holdfast verify'
      : `${verified.sound ? 'found sound' : 'FOUND DAMAGED'} ${formatTime(verified.timeMs)} (${verified.level})`;
  return [
    `Set ${id}, ${kindText(set)}, of ${formatTime(timeMs)}`,
    `  ${made}`,
    `  ${check}`,
    ...(pinned ? ['  kept: it is never removed (holdfast keep --undo)'] : []),
  ];
}

function partLines(set: BackupSet, { storage, moment, blobs }: FoundPart): readonly string[] {
  const part = set.record.parts.find((candidate) => candidate.storage === storage.name);
  const lines = [`Storage ${storage.name}`];
  const data = part?.filestorage;
  if (data !== undefined) {
    lines.push(`  Data.fs: ${formatBytes(data.end)}, ${count(data.transactions, 'new transaction')}`);
    if (data.tid !== undefined) {
      lines.push(`    up to transaction 0x${data.tid} of ${formatTime(tidToTime(BigInt(`0x${data.tid}`)))}`);
    }
    for (const { name, storedSize } of moment?.path ?? [])
      lines.push(`    ${storage.filestorage}/${name} (${formatBytes(storedSize)})`);
  }
  const recorded = part?.blobs;
  if (recorded !== undefined) {
    if (set.origin === 'holdfast') {
      const whole = `${count(recorded.files, 'file')} (${formatBytes(recorded.bytes)})`;
      lines.push(`  Blobs: ${whole}, ${recorded.addedFiles} new (${formatBytes(recorded.addedBytes)})`);
    } else lines.push('  Blobs:');
    if (recorded.missing > 0)
      lines.push(
        `    ${count(recorded.missing, 'blob')} that the Data.fs refers to were missing on the site`,
      );
    lines.push(`    ${blobs?.path ?? `${recorded.id}: missing`}`);
  }
  return lines;
}
