import {
  type BackupRunRequest,
  backupAndPrune,
  backupData,
  backupLines,
  type Configuration,
  planBackupRun,
  type SetKind,
  storageData,
} from '@holdfast/backup';
import type { BlobItem } from '@holdfast/blob-snapshot';
import { type CodecChoice, type Context, makeWorld } from '../context.js';
import { findSite, type SiteOptions } from '../site.js';
import { tellStorage } from './backup-report.js';

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
      seconds: (context.clock.monotonic() - started) / 1000,
    });
    return;
  }
  const done = await backupAndPrune(world, request);
  const ms = context.clock.monotonic() - started;
  for (const text of done.storages.flatMap(({ warnings }) => warnings)) output.warn(text);
  for (const line of backupLines(done, ms)) output.line(line);
  output.result(name, backupData(done, ms));
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
