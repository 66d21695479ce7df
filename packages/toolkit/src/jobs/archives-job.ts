import { join } from 'node:path';
import { count, formatBytes, formatDuration, recorded, type World } from '@holdfast/backup';
import {
  allHeld,
  type BackupReport,
  backupStorage,
  checkStorage,
  type HeldSnapshot,
  listBackups,
  PROBLEM_TEXT,
  withSnapshot,
} from '@holdfast/directorystorage';
import { HoldfastError } from '@holdfast/errors';
import { lockRepository } from '@holdfast/lockfile';
import type { JobOrder, JobResult } from './job-protocol.js';
import type { TellProgress } from './run-job.js';

type Archives = Extract<JobOrder['backups'], { kind: 'archives' }>;

/**
 * A job on a DirectoryStorage, as `holdfast ds backup` and `ds check` do it: in a snapshot of its own. `backup` makes an
 * increment, or a full one where there is nothing to go on from. Both are written down beside the archives.
 */
export async function runArchivesJob(
  world: World,
  { kind }: JobOrder,
  archives: Archives,
  warnings: string[],
  tell: TellProgress,
): Promise<JobResult> {
  const { fs, clock, signal } = world;
  const warn = (text: string) => {
    warnings.push(text);
  };
  const engine = { fs, clock, signal, log: { message: () => {}, detail: () => {}, warn } };
  const started = clock.monotonic();
  const seconds = () => (clock.monotonic() - started) / 1000;
  const { directory } = archives;
  if (kind === 'verify') {
    return await recorded(
      { fs, clock, warn },
      { kind: 'verify', place: join(directory, 'backups') },
      async () => {
        const report = await withSnapshot(engine, { directory }, (held) => check(world, held, tell));
        return sound(report, seconds());
      },
      () => ({}),
    );
  }
  const report = await recorded(
    { fs, clock, warn },
    { kind: 'backup', place: join(directory, 'backups') },
    () =>
      withSnapshot(engine, { directory }, (held) => backUp({ ...world, warn }, held, archives, kind, tell)),
    ({ sequence, archives: files }) => ({
      ...(sequence !== undefined && { set: String(sequence) }),
      bytes: files.reduce((sum, { size }) => sum + size, 0),
    }),
  );
  return made(report, seconds());
}

async function backUp(
  world: World & { readonly warn: (text: string) => void },
  held: HeldSnapshot,
  { prefix }: Archives,
  kind: JobOrder['kind'],
  tell: TellProgress,
): Promise<BackupReport> {
  const { fs, clock, signal, warn } = world;
  const { directory, timestamp } = held;
  const backups = join(directory, 'backups');
  // Where that directory is missing, this says so; a lock would not.
  await listBackups(fs, backups);
  await using repository = await lockRepository(backups, { command: `holdfast-toolkit ${kind}`, signal });
  const lock = allHeld(repository, held);
  const engine = { fs, clock, signal, warn, onProgress: files(tell, 'ds-backup') };
  const full = { directory, lock, timestamp, commands: [{ kind: 'full', prefix }] } as const;
  if (kind === 'fullbackup') return await backupStorage(engine, full);
  const moment = clock.now();
  const report = await backupStorage(engine, {
    directory,
    lock,
    timestamp,
    commands: [{ kind: 'inc', prefix, moment }],
  });
  return report.skipped.includes('no-reference') ? await backupStorage(engine, full) : report;
}

function check({ fs, clock, signal }: World, { directory }: HeldSnapshot, tell: TellProgress) {
  return checkStorage({ fs, clock, signal, onProgress: files(tell, 'ds-check') }, directory);
}

function files(tell: TellProgress, phase: 'ds-backup' | 'ds-check') {
  return (progress: { readonly files: number; readonly bytes: number }) =>
    tell({ phase, done: progress.files, bytes: progress.bytes, unit: 'files' });
}

function made({ sequence, serial, archives, skipped }: BackupReport, seconds: number): JobResult {
  const lines = archives.map(
    ({ kind, name, files, size }) =>
      `Made ${kind === 'full' ? 'a full backup' : 'an increment'}: ${name}, ${count(files, 'file')}, ${formatBytes(size)}.`,
  );
  const all = lines.length === 0 ? ['Nothing was committed since the last backup: none was made.'] : lines;
  const data = {
    sequence: sequence ?? null,
    serial,
    archives: archives.map(({ since, ...archive }) => ({ ...archive, since: since ?? null })),
    skipped,
    seconds,
  };
  const set = sequence === undefined ? undefined : String(sequence);
  return { summary: all.at(-1)!, lines: all, warnings: [], data, ...(set !== undefined && { set }) };
}

function sound(report: Awaited<ReturnType<typeof checkStorage>>, seconds: number): JobResult {
  const { problems, problemCount, counts, statistics, serial, lastPack, storage } = report;
  if (!report.sound) {
    const texts = problems.map(
      ({ kind, path, detail }) =>
        `${path}: ${PROBLEM_TEXT[kind]}${detail === undefined ? '' : ` (${detail})`}`,
    );
    throw new HoldfastError(
      'directorystorage.check-failed',
      `${count(problemCount, 'problem')} in ${storage.directory}`,
      {
        path: storage.directory,
        details: { problemCount, counts, problems: texts },
      },
    );
  }
  const { objects, revisions, transactions } = statistics;
  const what = `${count(objects, 'object')} in ${count(revisions, 'revision')} and ${count(transactions, 'transaction')}`;
  const summary = `Sound: ${what}, ${formatDuration(seconds * 1000)}.`;
  return { summary, lines: [summary], warnings: [], data: { serial, lastPack, statistics, seconds } };
}
