import { type ListData, listData, type SetData } from '@holdfast/backup';
import type { Context } from '../context.js';
import { count, formatBytes, formatTime, table } from '../format.js';
import type { Output } from '../output.js';
import { type KindOptions, kindsOf, readKinds } from '../sets.js';
import { findSite } from '../site.js';

/** `holdfast list`. It takes no lock: one can look at any time. */
export async function listCommand(context: Context, options: KindOptions): Promise<void> {
  const config = await findSite(context, options);
  const readings = await readKinds(context, config, kindsOf(options));
  const places = readings.map(({ places }) => places.record).join(' or ');
  tellList(context.output, listData(readings), `There is no backup in ${places}.`);
}

/** @param none what is said where there is no set */
export function tellList(output: Output, { sets, problems }: ListData, none: string): void {
  for (const problem of problems) output.warn(problem);
  output.result('list', { sets, problems });
  if (sets.length === 0) {
    output.line(none);
    return;
  }
  const head = ['SET', 'KIND', 'DATA.FS', 'NEW', 'TRANSACTIONS', 'STORED', 'BLOBS', 'NEW', 'CHECKED'];
  for (const row of table([head, ...sets.map(asRow)], [2, 3, 4, 5, 6, 7])) output.line(row);
  const stored = sets.reduce((sum, set) => sum + storedSize(set), 0);
  output.line(`${count(sets.length, 'set')}, ${formatBytes(stored)} of filestorage backups.`);
  output.line('One in full: holdfast show SET. To restore it: holdfast restore SET.');
}

function storedSize({ storages }: SetData): number {
  return storages.reduce((sum, { filestorage }) => sum + (filestorage?.storedSize ?? 0), 0);
}

function asRow(set: SetData): readonly string[] {
  const { storages } = set;
  const sum = (of: (part: SetData['storages'][number]) => number) =>
    storages.reduce((total, part) => total + of(part), 0);
  const hasBlobs = storages.some(({ blobs }) => blobs !== null && set.origin === 'holdfast');
  const hasData = storages.some(({ filestorage }) => filestorage !== null);
  const known = storages.every(({ filestorage }) => filestorage === null || filestorage.last !== null);
  return [
    set.id,
    kindText(set),
    hasData ? formatBytes(sum(({ filestorage }) => filestorage?.end ?? 0)) : '',
    hasData ? `+${formatBytes(sum(({ filestorage: f }) => (f === null ? 0 : f.end - f.start)))}` : '',
    hasData && known ? String(sum(({ filestorage }) => filestorage?.transactions ?? 0)) : '',
    hasData ? formatBytes(storedSize(set)) : '',
    hasBlobs ? `${sum(({ blobs }) => blobs?.files ?? 0)}` : '',
    hasBlobs ? `+${sum(({ blobs }) => blobs?.addedFiles ?? 0)}` : '',
    stateText(set),
  ];
}

/** `full`, `increment`, `snapshot`, `zip`, `blobs`. */
export function kindText({ kind, storages }: SetData): string {
  if (kind !== 'backup') return kind;
  return storages.at(-1)?.filestorage?.kind ?? 'blobs';
}

function stateText({ problems, verified, pinned }: SetData): string {
  const states = [
    ...(problems.length > 0 ? ['NOT WHOLE'] : []),
    ...(verified === null ? [] : [verified.sound ? formatTime(Date.parse(verified.time)) : 'DAMAGED']),
    ...(pinned ? ['kept'] : []),
  ];
  return states.join(', ');
}
