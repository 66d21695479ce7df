import { resolve } from 'node:path';
import { nodeFileSystem, publishFile } from '@holdfast/durable-fs';
import { EXIT, HoldfastError } from '@holdfast/errors';
import {
  readStatus,
  type StatusData,
  type StorageStatus,
  statusData,
  statusMetrics,
  type Verdict,
} from '@holdfast/monitor';
import { type Context, makeWorld } from '../context.js';
import { formatBytes, formatDuration, formatTime, table } from '../format.js';
import { findSite } from '../site.js';

export interface StatusOptions {
  readonly config?: string;
  /** Exit status 1 where a storage is in danger. */
  readonly check?: boolean;
  /** A file for node_exporter; `-`: standard output. */
  readonly prometheus?: string;
}

/** What `--check` ends with in danger: what Nagios and cron take for trouble. */
const DANGER = 1;
const STDOUT = '-';
/** node_exporter is another user. */
const TEXTFILE_MODE = 0o644;
const LEVELS: readonly Verdict['level'][] = ['safe', 'attention', 'danger'];

/** `holdfast status`; the exit status. It waits for nobody and changes nothing: one can look at any time. */
export async function statusCommand(context: Context, options: StatusOptions): Promise<number> {
  const config = await findSite(context, options.config === undefined ? {} : { config: options.config });
  const statuses = await readStatus(makeWorld(context), config);
  const { prometheus } = options;
  if (prometheus === STDOUT && context.output.json)
    throw new HoldfastError(
      'usage',
      '--json and --prometheus - exclude each other: both are standard output',
    );
  if (prometheus !== undefined) await writeMetrics(context, statuses, prometheus);
  const data = statuses.map((status) => statusData(status, { paths: true }));
  return tellStatuses(context, data, {
    check: options.check === true,
    silent: prometheus !== undefined,
  });
}

export interface TellStatuses {
  /** Exit status 1 where a storage is in danger. */
  readonly check: boolean;
  /** Nothing for a person. */
  readonly silent?: boolean;
  /** Whether there are storages that could not be read: nobody knows how they are, which is a danger. */
  readonly unread?: boolean;
}

/** Prints them; the exit status. */
export function tellStatuses(
  { output }: Pick<Context, 'output'>,
  statuses: readonly StatusData[],
  { check, silent = false, unread = false }: TellStatuses,
): number {
  const level = unread ? 'danger' : worstOf(statuses);
  output.result('status', { level, storages: statuses });
  if (!silent) tell(output, statuses);
  return check && level === 'danger' ? DANGER : EXIT.ok;
}

/** A file whole or not at all: whoever reads it meanwhile reads the old one. */
async function writeMetrics(
  { cwd, output, streams }: Context,
  statuses: readonly StorageStatus[],
  file: string,
): Promise<void> {
  const text = await (await statusMetrics(statuses)).metrics();
  if (file === STDOUT) {
    streams.stdout.write(text);
    return;
  }
  const path = resolve(cwd, file);
  await publishFile(nodeFileSystem, path, text, { replace: true, mode: TEXTFILE_MODE });
  output.detail(`wrote ${path}`);
}

function worstOf(statuses: readonly StatusData[]): Verdict['level'] {
  return LEVELS[Math.max(...statuses.map(({ verdict }) => LEVELS.indexOf(verdict.level)))]!;
}

function tell(output: Context['output'], statuses: readonly StatusData[]): void {
  const head = ['STORAGE', 'VERDICT', 'NEWEST SET', 'AGE', 'CHECKED', 'NOT BACKED UP', 'DATA.FS', 'SETS'];
  for (const row of table([head, ...statuses.map(asRow)], [3, 5, 6, 7])) output.line(row);
  for (const { storage, verdict } of statuses) {
    output.line('');
    output.line(`${storage}: ${verdict.headline}`);
    for (const reason of verdict.reasons) output.line(`  ${reason}`);
  }
}

function asRow(status: StatusData): readonly string[] {
  const { storage, verdict, newest, coveredUntil, verified, uncovered, source, sets, time } = status;
  const bytes = uncovered?.bytes ?? null;
  return [
    storage,
    verdict.level === 'danger' ? 'DANGER' : verdict.level,
    newest ?? 'none',
    coveredUntil ? formatDuration(Math.max(0, Date.parse(time) - Date.parse(coveredUntil))) : '',
    verified === null ? 'never' : verified.sound ? formatTime(Date.parse(verified.time)) : 'DAMAGED',
    bytes === null ? 'not known' : formatBytes(bytes),
    source.bytes === null ? (source.present ? '' : 'missing') : formatBytes(source.bytes),
    String(sets.length),
  ];
}
