import { join } from 'node:path';
import type { BlobBackupSummary } from '@holdfast/blob-snapshot';
import { type BackupResult, REASON_TEXT, type RepairAction } from '@holdfast/filestorage-backup';
import type { SetKind } from '../config.js';
import type { BackupAndPrune } from '../run/backup-and-prune.js';
import type { StorageResult } from '../run/storage-run.js';
import { count, formatBytes, formatDuration, formatTime } from './format.js';
import { jsonTransaction } from './json.js';

/** What was done, or with `dryRun` would be, with one storage, for a person: some lines. */
export function storageLines(result: StorageResult, kind: SetKind, dryRun: boolean): readonly string[] {
  const { storage, filestorage, blobs } = result;
  const places = storage.places[kind];
  return [
    ...(filestorage?.repairs ?? []).map((repair) => repairText(repair, dryRun)),
    ...(filestorage === undefined ? [] : filestorageLines(storage.datafs, places.filestorage, filestorage)),
    ...(blobs === undefined ? [] : blobLines(places.blobs, blobs, dryRun)),
  ];
}

/** Of a whole run, but for the warnings. @param ms how long it took */
export function backupLines(done: BackupAndPrune, ms: number): readonly string[] {
  const { set, made, storages, removed } = done;
  return [
    ...storages.flatMap((result) => storageLines(result, set.kind, false)),
    ...removed.map(({ id, reason }) => `Removed set ${id}: ${reason}.`),
    ...(made ? [`Set ${set.id} is complete: ${formatDuration(ms)}.`] : []),
  ];
}

/** The same for a program (docs/json.md, "backup"). */
export function backupData({ set, made, storages, removed }: BackupAndPrune, ms: number) {
  return {
    kind: set.kind,
    dryRun: false,
    set: set.id,
    made,
    storages: storages.map((result) => storageData(result, set.kind)),
    removed: removed.map(({ id }) => id),
    seconds: ms / 1000,
  };
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
