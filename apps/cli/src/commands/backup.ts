import { makeDirectories, nodeFileSystem } from '@holdfast/durable-fs';
import { type BackupResult, backup, REASON_TEXT, type RepairAction } from '@holdfast/filestorage-backup';
import { lockRepository } from '@holdfast/lockfile';
import { type CodecChoice, type Context, makeEngine } from '../context.js';
import { count, formatBytes, formatDuration, formatTime } from '../output.js';
import { findPlaces, type Places } from '../places.js';

export interface BackupOptions {
  readonly datafs?: string;
  readonly repository?: string;
  readonly full?: boolean;
  readonly thorough?: boolean;
  readonly gzip?: boolean;
  readonly codec?: CodecChoice;
  readonly dryRun?: boolean;
  readonly acceptNewHistory?: boolean;
}

/** `holdfast backup`, `holdfast fullbackup`. */
export async function backupCommand(context: Context, options: BackupOptions): Promise<void> {
  const started = performance.now();
  const places = await findPlaces(nodeFileSystem, context.cwd, options);
  context.output.detail(`storage ${places.datafs}, repository ${places.repository}`);
  if (options.dryRun !== true) await makeDirectories(nodeFileSystem, places.repository);
  const engine = makeEngine(context, places.repository, options.codec);
  const command = options.full === true ? 'fullbackup' : 'backup';
  await using lock = await lockRepository(places.repository, {
    command: `holdfast ${command}`,
    signal: context.signal,
  });
  const { datafs: source } = places;
  const result = await backup(engine, { ...options, source, lock });
  context.progress.end();
  report(context, command, places, result, performance.now() - started);
}

function report(
  { output }: Context,
  command: string,
  places: Places,
  result: BackupResult,
  ms: number,
): void {
  for (const text of result.warnings) output.warn(text);
  output.result(command, { ...places, ...result, seconds: ms / 1000 });
  for (const repair of result.repairs) output.line(repairText(repair, result.dryRun));
  const why =
    result.reason === 'unfinished-tail' ? 'no transaction was finished since' : REASON_TEXT[result.reason];
  output.line(headline(places, result, why));
  if (result.name !== undefined) {
    const sizes = `${formatBytes(result.end - result.start)}, stored in ${formatBytes(result.storedSize)}`;
    output.line(`  ${places.repository}/${result.name}`);
    output.line(`  ${count(result.transactions, 'transaction')}, ${sizes}, ${formatDuration(ms)}`);
  }
  if (result.last !== undefined)
    output.line(`  up to transaction 0x${result.last.tid} of ${formatTime(result.last.time)}`);
}

function headline({ datafs }: Places, { kind, dryRun }: BackupResult, why: string): string {
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
