import { jsonTime } from '@holdfast/backup';
import { inspectStorage, type StorageInspection } from '@holdfast/directorystorage';
import { nodeFileSystem } from '@holdfast/durable-fs';
import type { Context } from '../context.js';
import { count, formatTime, table } from '../format.js';
import { namedStorage } from './ds-storage.js';
import { tidTime } from './ds-tid.js';

/** `holdfast ds info`: takes no lock, and changes nothing. */
export async function dsInfoCommand(
  { output }: Context,
  options: { readonly storage?: string },
): Promise<void> {
  const found = await inspectStorage(nodeFileSystem, namedStorage(options.storage));
  output.result('ds info', asData(found));
  for (const row of table(rows(found))) output.line(row);
}

/** docs/json.md, "ds info". */
function asData(found: StorageInspection) {
  const { storage, serial, lastPack, managed, sublocked, secondary, lastBackup } = found;
  return {
    storage: storage.directory,
    layout: storage.settings.format,
    classname: storage.settings.classname,
    identity: storage.identity,
    serial,
    lastPack,
    snapshotCode: found.snapshotCode ?? null,
    managed,
    sublocked,
    journal: found.journal ?? null,
    secondary,
    lastBackup:
      lastBackup === undefined
        ? null
        : { sequence: lastBackup.sequence, time: jsonTime(lastBackup.timestamp * 1000), tid: lastBackup.tid },
  };
}

function rows(found: StorageInspection): readonly (readonly string[])[] {
  const { storage, lastBackup } = found;
  const backup =
    lastBackup === undefined
      ? 'none'
      : `${lastBackup.sequence}, ${formatTime(lastBackup.timestamp * 1000)}, up to ${lastBackup.tid}`;
  return [
    ['storage', storage.directory],
    ['kind', `${storage.settings.format} ${storage.settings.classname}`],
    ['identity', storage.identity],
    ['last transaction', transaction(found.serial)],
    ['packed up to', transaction(found.lastPack)],
    ['state', stateOf(found)],
    ['waiting', waiting(found)],
    ['last backup', backup],
  ];
}

function transaction(tid: string): string {
  return /^0+$/.test(tid) ? 'none' : `${tid} of ${formatTime(tidTime(tid))}`;
}

function stateOf({ managed, sublocked, snapshotCode }: StorageInspection): string {
  const code = snapshotCode === undefined ? '' : ` (${snapshotCode})`;
  if (managed) return snapshotCode === undefined ? 'in use' : `in use, in snapshot mode${code}`;
  if (sublocked) return `frozen by a tool${code}`;
  if (snapshotCode === 'shutdown') return 'closed tidily';
  return `not in use, not closed tidily${code}`;
}

function waiting({ journal, secondary }: StorageInspection): string {
  const parts = [
    journal === undefined ? 'something strange in the journal' : count(journal, 'transaction'),
    ...(secondary ? ['files in B'] : []),
  ];
  return journal === 0 && !secondary ? 'nothing' : parts.join(', ');
}
