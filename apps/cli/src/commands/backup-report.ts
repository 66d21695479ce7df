import { join } from 'node:path';
import type { SetKind, StorageResult } from '@holdfast/backup';
import type { BlobBackupSummary } from '@holdfast/blob-snapshot';
import { type BackupResult, REASON_TEXT, type RepairAction } from '@holdfast/filestorage-backup';
import { count, formatBytes, formatTime } from '../format.js';
import { jsonTransaction, type Output } from '../output.js';

/** What was done, or with `dryRun` would be, with one storage, for a person. */
export function tellStorage(output: Output, result: StorageResult, kind: SetKind, dryRun: boolean): void {
  const { storage, filestorage, blobs, warnings } = result;
  const places = storage.places[kind];
  for (const text of warnings) output.warn(text);
  if (filestorage !== undefined) {
    for (const repair of filestorage.repairs) output.line(repairText(repair, dryRun));
    for (const line of filestorageLines(storage.datafs, places.filestorage, filestorage)) output.line(line);
  }
  if (blobs !== undefined) for (const line of blobLines(places.blobs, blobs, dryRun)) output.line(line);
}

function filestorageLines(datafs: string, repository: string, result: BackupResult): readonly string[] {
  const why =
    result.reason === 'unfinished-tail' ? 'no transaction was finished since' : REASON_TEXT[result.reason];
  const lines = [headline(datafs, result, why)];
  if (result.name !== undefined) {
    const sizes = `${formatBytes(result.end - result.start)}, stored in ${formatBytes(result.storedSize)}`;
    lines.push(
      `  ${join(repository, result.name)}`,
      `  ${count(result.transactions, 'transaction')}, ${sizes}`,
    );
  }
  if (result.last !== undefined && !result.dryRun)
    lines.push(`  up to transaction 0x${result.last.tid} of ${formatTime(result.last.time)}`);
  return lines;
}

function headline(datafs: string, { kind, dryRun }: BackupResult, why: string): string {
  const verb = dryRun ? 'Would make' : 'Made';
  switch (kind) {
    case 'full':
      return `${verb} a full backup of ${datafs}: ${why}.`;
    case 'increment':
      return `${verb} an incremental backup of ${datafs}: ${why}.`;
    case 'nothing':
      return `Nothing to back up in ${datafs}: ${why}.`;
  }
}

function blobLines(location: string, blobs: BlobBackupSummary, dryRun: boolean): readonly string[] {
  const { total, added, id } = blobs;
  const verb = dryRun ? 'Would back up' : 'Backed up';
  const whole = `${count(total.files, 'file')} in all (${formatBytes(total.bytes)})`;
  return [
    `${verb} blobs: ${count(added.files, 'new file')} (${formatBytes(added.bytes)}), ${whole}.`,
    ...(dryRun ? [] : [`  ${join(location, id)}`]),
  ];
}

function repairText(repair: RepairAction, dryRun: boolean): string {
  const verb = dryRun ? 'Would mend' : 'Mended';
  switch (repair.kind) {
    case 'set-aside':
      return `${verb}: ${repair.name} set aside, because ${repair.reason}.`;
    case 'rename':
      return `${verb}: ${repair.name} renamed to ${repair.to}, because its full backup hid it.`;
    case 'write-dat':
      return `${verb}: ${repair.name} written anew, because ${repair.reason}.`;
    case 'remove':
      return `${verb}: ${repair.name} removed, because ${repair.reason}.`;
  }
}

/** The same for a program (docs/json.md, "backup"). */
export function storageData(
  { storage, filestorage, blobs, part, warnings }: StorageResult,
  kind: SetKind,
): object {
  const places = storage.places[kind];
  return {
    storage: storage.name,
    datafs: storage.datafs,
    repository: places.filestorage,
    filestorage: filestorage === undefined ? null : filestorageData(filestorage),
    blobs:
      blobs === undefined
        ? null
        : { ...blobData(blobs), location: places.blobs, missing: part.blobs?.missing ?? 0 },
    warnings,
  };
}

function filestorageData(result: BackupResult) {
  const { kind, reason, dryRun, start, end, storedSize, transactions, last, repairs } = result;
  return {
    kind,
    reason,
    name: result.name ?? null,
    start,
    end,
    storedSize,
    transactions,
    last: last === undefined ? null : jsonTransaction(last.tid, last.time),
    repairs: repairs.map((repair) => ({
      kind: repair.kind,
      name: repair.name,
      text: repairText(repair, dryRun),
    })),
  };
}

function blobData({ id, style, total, added, linked, copied, gone, unknown, refused }: BlobBackupSummary) {
  return {
    id,
    style,
    files: total.files,
    bytes: total.bytes,
    addedFiles: added.files,
    addedBytes: added.bytes,
    linked,
    copied,
    gone,
    unknown: unknown.count,
    refused: refused.count,
  };
}
