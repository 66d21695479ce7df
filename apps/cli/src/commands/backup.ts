import { exists, makeDirectories, nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { type BackupResult, backup, REASON_TEXT, type RepairAction } from '@holdfast/filestorage-backup';
import { lockRepository } from '@holdfast/lockfile';
import { type CodecChoice, type Context, makeEngine } from '../context.js';
import { count, formatBytes, formatDuration, formatTime } from '../format.js';
import { jsonTransaction } from '../output.js';
import { findPlaces, type Places } from '../places.js';
import { dryLock, emptyStore, lockSource } from '../repository-access.js';

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

/** A reader may look at the lock in the moment in which cron starts the backup. */
const PATIENCE_MS = 1000;

type Name = 'backup' | 'fullbackup';

/** `holdfast backup`, `holdfast fullbackup`. */
export async function backupCommand(context: Context, name: Name, options: BackupOptions): Promise<void> {
  const started = context.clock.monotonic();
  const places = await findPlaces(nodeFileSystem, context.cwd, options);
  context.output.detail(`storage ${places.datafs}, repository ${places.repository}`);
  const result = options.dryRun === true ? await plan(context, places, options) : await run();
  report(context, name, places, result, context.clock.monotonic() - started);

  async function run(): Promise<BackupResult> {
    if (!(await exists(nodeFileSystem, places.repository))) await makeRepository(places);
    await using lock = await lockRepository(places.repository, {
      command: `holdfast ${name}`,
      waitMs: PATIENCE_MS,
      signal: context.signal,
    });
    await using _source = await lockSource(places.datafs, { wait: PATIENCE_MS, signal: context.signal });
    const engine = makeEngine(context, places.repository, options.codec);
    return await backup(engine, { ...options, source: places.datafs, lock });
  }
}

/** A dry run reads only: it takes no lock, and where there is no repository it makes none. */
async function plan(context: Context, { datafs, repository }: Places, options: BackupOptions) {
  const engine = makeEngine(context, repository, options.codec);
  const store = (await exists(nodeFileSystem, repository)) ? engine.store : emptyStore(repository);
  return backup({ ...engine, store }, { ...options, source: datafs, lock: dryLock });
}

/** Not for a storage that is not there: a wrong path should not leave a directory behind. */
async function makeRepository({ datafs, repository }: Places): Promise<void> {
  const there = [datafs, `${datafs}.old`, `${datafs}.pack`].map((path) => exists(nodeFileSystem, path));
  if (!(await Promise.all(there)).includes(true)) {
    throw new HoldfastError('source.missing', `there is no Data.fs at ${datafs}`, { path: datafs });
  }
  await makeDirectories(nodeFileSystem, repository);
}

function report({ output }: Context, name: Name, places: Places, result: BackupResult, ms: number): void {
  for (const text of result.warnings) output.warn(text);
  output.result(name, asData(places, result, ms));
  for (const repair of result.repairs) output.line(repairText(repair, result.dryRun));
  const why =
    result.reason === 'unfinished-tail' ? 'no transaction was finished since' : REASON_TEXT[result.reason];
  output.line(headline(places, result, why));
  if (result.name !== undefined) {
    const sizes = `${formatBytes(result.end - result.start)}, stored in ${formatBytes(result.storedSize)}`;
    output.line(`  ${places.repository}/${result.name}`);
    output.line(`  ${count(result.transactions, 'transaction')}, ${sizes}, ${formatDuration(ms)}`);
  }
  if (result.last !== undefined && !result.dryRun)
    output.line(`  up to transaction 0x${result.last.tid} of ${formatTime(result.last.time)}`);
}

/** docs/json.md, "backup". */
function asData({ datafs, repository }: Places, result: BackupResult, ms: number) {
  const { kind, reason, dryRun, start, end, storedSize, transactions, last, warnings } = result;
  return {
    datafs,
    repository,
    kind,
    reason,
    dryRun,
    name: result.name ?? null,
    start,
    end,
    storedSize,
    transactions,
    last: last === undefined ? null : jsonTransaction(last.tid, last.time),
    repairs: result.repairs.map((repair) => ({
      kind: repair.kind,
      name: repair.name,
      text: repairText(repair, dryRun),
    })),
    warnings,
    seconds: ms / 1000,
  };
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
