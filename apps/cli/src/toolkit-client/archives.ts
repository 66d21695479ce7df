import type { ListData, SetData, ShowData } from '@holdfast/backup';
import type { StatusData } from '@holdfast/monitor';
import { count, formatBytes, formatTime, table } from '../format.js';
import type { Output } from '../output.js';

/** What the status of a storage knows of an archive, and the list of sets does not. */
type ArchiveData = StatusData['sets'][number];

/** How the archives of a DirectoryStorage are told: they have neither a `Data.fs` nor blobs (docs/toolkit/api.md). */
export function isArchive({ kind, storages }: SetData): boolean {
  return (
    kind === 'backup' && storages.every(({ filestorage, blobs }) => filestorage === null && blobs === null)
  );
}

/** As `tellList`, of archives. @param known those of the status */
export function tellArchives(
  output: Output,
  { sets, problems }: ListData,
  known: readonly ArchiveData[],
): void {
  for (const problem of problems) output.warn(problem);
  output.result('list', { sets, problems });
  const archives = new Map(known.map((archive) => [archive.id, archive]));
  const rows = sets.map((set) => asRow(set, archives.get(set.id)));
  for (const row of table([['SET', 'KIND', 'MADE', 'STORED', 'STATE'], ...rows], [3])) output.line(row);
  const stored = sets.reduce((sum, { id }) => sum + (archives.get(id)?.storedBytes ?? 0), 0);
  output.line(`${count(sets.length, 'set')} of archives of a DirectoryStorage, ${formatBytes(stored)}.`);
  output.line(`One in full: holdfast show SET. ${restoreText('SET')}`);
}

/** As `tellShow`, of an archive. */
export function tellArchive(
  output: Output,
  { set, made, files }: ShowData,
  known: readonly ArchiveData[],
): void {
  output.result('show', { set, made, files });
  for (const problem of set.problems) output.warn(problem);
  const archive = known.find(({ id }) => id === set.id);
  const stored = archive?.storedBytes ?? null;
  const chain = archive?.part === 'increment' ? archive.chain : null;
  const storage = set.storages[0]?.storage ?? '';
  output.line(`Set ${set.id}, ${kindText(archive)} of the DirectoryStorage ${storage}, of ${timeText(set)}`);
  output.line(
    set.origin === 'holdfast'
      ? '  made by Holdfast'
      : "  who made it is not written down: Holdfast, or DirectoryStorage's own backup",
  );
  if (chain !== null) output.line(`  goes on from the full archive ${chain}.tgz`);
  if (stored !== null) output.line(`  ${formatBytes(stored)} stored`);
  output.line('  an archive has no check of its own: holdfast verify reads the storage');
  output.line(`  ${restoreText(set.id)}`);
}

function restoreText(id: string): string {
  return `To restore it, on the server: holdfast ds restore --storage DIRECTORY --output DIRECTORY ${id}.`;
}

function asRow(set: SetData, archive: ArchiveData | undefined): readonly string[] {
  const stored = archive?.storedBytes ?? null;
  return [
    set.id,
    archive?.part ?? 'archive',
    timeText(set),
    stored === null ? '' : formatBytes(stored),
    set.problems.length > 0 ? 'NOT WHOLE' : '',
  ];
}

function kindText(archive: ArchiveData | undefined): string {
  const part = archive?.part ?? null;
  if (part === null) return 'archive';
  return part === 'full' ? 'full archive' : 'increment';
}

function timeText({ time }: SetData): string {
  return formatTime(Date.parse(time));
}
