import {
  type BackupRunRequest,
  type Configuration,
  type PruneReport,
  planBackupRun,
  pruneUnderLocks,
  runBackup,
  type SetKind,
} from '@holdfast/backup';
import type { BlobItem } from '@holdfast/blob-snapshot';
import { type CodecChoice, type Context, makeWorld } from '../context.js';
import { formatDuration } from '../format.js';
import { findSite, type SiteOptions } from '../site.js';
import { storageData, tellStorage } from './backup-report.js';

export interface BackupOptions extends SiteOptions {
  readonly full?: boolean;
  readonly thorough?: boolean;
  readonly gzip?: boolean;
  readonly codec?: CodecChoice;
  readonly dryRun?: boolean;
  readonly itemize?: boolean;
  readonly acceptNewHistory?: boolean;
}

export type BackupName = 'backup' | 'fullbackup' | 'snapshotbackup' | 'zipbackup';

const KINDS: Readonly<Record<BackupName, SetKind>> = {
  backup: 'backup',
  fullbackup: 'backup',
  snapshotbackup: 'snapshot',
  zipbackup: 'zip',
};

/** `holdfast backup`, `fullbackup`, `snapshotbackup`, `zipbackup`. */
export async function backupCommand(
  context: Context,
  name: BackupName,
  options: BackupOptions,
): Promise<void> {
  const started = context.clock.monotonic();
  const { output } = context;
  const request = requestOf(context, name, options, await findSite(context, options));
  const world = makeWorld(context, options.codec);
  const { kind } = request;
  if (options.dryRun === true) {
    const planned = await planBackupRun(world, request);
    for (const result of planned) tellStorage(output, result, kind, true);
    const storages = planned.map((result) => storageData(result, kind));
    output.result(name, {
      kind,
      dryRun: true,
      set: null,
      made: false,
      storages,
      removed: [],
      seconds: seconds(),
    });
    return;
  }
  let pruned: PruneReport | undefined;
  const { set, made, storages } = await runBackup(world, request, async (_, assertLocked) => {
    pruned = await pruneUnderLocks(world, request.config, kind, assertLocked);
  });
  const removed = pruned?.removed ?? [];
  for (const result of storages) tellStorage(output, result, kind, false);
  for (const { id, reason } of removed) output.line(`Removed set ${id}: ${reason}.`);
  if (made) output.line(`Set ${set.id} is complete: ${formatDuration(seconds() * 1000)}.`);
  output.result(name, {
    kind,
    dryRun: false,
    set: set.id,
    made,
    storages: storages.map((result) => storageData(result, kind)),
    removed: removed.map(({ id }) => id),
    seconds: seconds(),
  });

  function seconds(): number {
    return (context.clock.monotonic() - started) / 1000;
  }
}

function requestOf(
  { output }: Context,
  name: BackupName,
  options: BackupOptions,
  found: Configuration,
): BackupRunRequest {
  const config = options.gzip === false ? { ...found, options: { ...found.options, gzip: false } } : found;
  return {
    config,
    kind: KINDS[name],
    full: options.full === true || name === 'fullbackup',
    thorough: options.thorough === true,
    acceptNewHistory: options.acceptNewHistory === true,
    command: `holdfast ${name}`,
    hookOutput: output.json || output.quiet ? 'stderr' : 'stdout',
    onStorage: ({ datafs }) => output.detail(`storage ${datafs}`),
    ...(options.itemize === true && { onItem: (item: BlobItem) => output.line(itemText(item)) }),
  };
}

/** As rsync's `--itemize-changes`, in words. */
function itemText({ action, entry, reason }: BlobItem): string {
  return `${action.padEnd(8)} ${entry.path}${reason === undefined ? '' : ` (${reason})`}`;
}
