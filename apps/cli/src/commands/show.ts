import { type SetData, type SetFiles, type ShowData, showData } from '@holdfast/backup';
import type { Context } from '../context.js';
import { count, formatBytes, formatDuration, formatTime } from '../format.js';
import type { Output } from '../output.js';
import { findIn, type KindOptions, kindsOf, readKinds } from '../sets.js';
import { findSite } from '../site.js';
import { kindText } from './list.js';

/** `holdfast show ID`. */
export async function showCommand(context: Context, id: string, options: KindOptions): Promise<void> {
  const config = await findSite(context, options);
  const { set, reading } = findIn(await readKinds(context, config, kindsOf(options)), id);
  tellShow(context.output, showData(reading, set));
}

export function tellShow(output: Output, data: ShowData): void {
  const { set, made, files } = data;
  output.result('show', { set, made, files });
  for (const problem of set.problems) output.warn(problem);
  const lines = [
    ...headLines(data),
    ...files.flatMap((part) => partLines(set, part)),
    ...strangerLines(data),
  ];
  for (const line of lines) output.line(line);
}

function headLines({ set, made }: ShowData): readonly string[] {
  const { id, verified, pinned, time } = set;
  const how =
    made === null
      ? 'made by repozo or the recipe: it has no record, its parts are found by their names'
      : `made ${timeText(made.started)}, in ${formatDuration(made.seconds * 1000)}`;
  const check =
    verified === null
      ? 'never checked: holdfast verify'
      : `${verified.sound ? 'found sound' : 'FOUND DAMAGED'} ${timeText(verified.time)} (${verified.level})`;
  return [
    `Set ${id}, ${kindText(set)}, of ${timeText(time)}`,
    `  ${how}`,
    `  ${check}`,
    ...(pinned ? ['  kept: it is never removed (holdfast keep --undo)'] : []),
  ];
}

/** Of storages that the record names and the configuration does not. */
function strangerLines({ set, files }: ShowData): readonly string[] {
  return set.storages
    .filter(({ storage }) => !files.some((one) => one.storage === storage))
    .map(({ storage }) => `Storage ${storage}: not in the configuration, so it is not restored`);
}

function partLines(set: SetData, { storage, repository, files, sizes, blobs }: SetFiles): readonly string[] {
  const part = set.storages.find((candidate) => candidate.storage === storage);
  const lines = [`Storage ${storage}`];
  const data = part?.filestorage;
  if (data !== undefined && data !== null) {
    lines.push(`  Data.fs: ${formatBytes(data.end)}, ${count(data.transactions, 'new transaction')}`);
    if (data.last !== null)
      lines.push(`    up to transaction 0x${data.last.tid} of ${timeText(data.last.time)}`);
    for (const [at, name] of files.entries())
      lines.push(`    ${repository}/${name} (${formatBytes(sizes[at] ?? 0)})`);
  }
  const recorded = part?.blobs;
  if (recorded !== undefined && recorded !== null) {
    if (set.origin === 'holdfast') {
      const whole = `${count(recorded.files, 'file')} (${formatBytes(recorded.bytes)})`;
      lines.push(`  Blobs: ${whole}, ${recorded.addedFiles} new (${formatBytes(recorded.addedBytes)})`);
    } else lines.push('  Blobs:');
    if (recorded.missing > 0)
      lines.push(
        `    ${count(recorded.missing, 'blob')} that the Data.fs refers to were missing on the site`,
      );
    lines.push(`    ${blobs ?? `${recorded.id}: missing`}`);
  }
  return lines;
}

function timeText(time: string): string {
  return formatTime(Date.parse(time));
}
