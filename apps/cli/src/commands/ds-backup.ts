import { join, resolve } from 'node:path';
import { jsonTransaction, recorded } from '@holdfast/backup';
import {
  allHeld,
  type BackupReport,
  backupStorage,
  type HeldSnapshot,
  listBackups,
  type MadeArchive,
  parseBackupWords,
} from '@holdfast/directorystorage';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { lockRepository } from '@holdfast/lockfile';
import type { Context } from '../context.js';
import { count, formatBytes, formatDuration, formatTime } from '../format.js';
import { type FrozenOptions, frozen, namedStorage } from './ds-storage.js';
import { tidTime } from './ds-tid.js';

const SKIPPED: Readonly<Record<BackupReport['skipped'][number], string>> = {
  'no-reference': 'No backup is that old: an increment is not possible yet.',
  'nothing-new': 'Nothing was committed since that backup: no increment was made.',
};

/** `holdfast ds backup`. */
export async function dsBackupCommand(
  context: Context,
  words: readonly string[],
  options: FrozenOptions,
): Promise<void> {
  const { clock, output, cwd } = context;
  const started = clock.monotonic();
  const commands = parseBackupWords(words, clock.now());
  const place = join(resolve(cwd, namedStorage(options.storage)), 'backups');
  const report = await recorded(
    { fs: nodeFileSystem, clock, warn: output.warn },
    { kind: 'backup', place },
    () => frozen(context, options, (held) => run(context, held, commands)),
    ({ sequence, archives }) => ({
      ...(sequence !== undefined && { set: String(sequence) }),
      bytes: archives.reduce((sum, { size }) => sum + size, 0),
    }),
  );
  const seconds = (clock.monotonic() - started) / 1000;
  const { storage, sequence, serial, archives, skipped } = report;
  const { directory } = storage;
  output.result('ds backup', {
    storage: directory,
    sequence: sequence ?? null,
    last: /^0+$/.test(serial) ? null : jsonTransaction(serial.toLowerCase(), tidTime(serial)),
    archives: archives.map(({ since, ...archive }) => ({ ...archive, since: since ?? null })),
    skipped,
    seconds,
  });
  for (const archive of archives) output.line(describe(archive, directory));
  for (const reason of skipped) output.line(SKIPPED[reason]);
  if (sequence !== undefined)
    output.line(
      `  backup ${sequence}, up to transaction ${serial} of ${formatTime(tidTime(serial))}, ${formatDuration(seconds * 1000)}`,
    );
}

async function run(
  { clock, signal, output, progress }: Context,
  held: HeldSnapshot,
  commands: ReturnType<typeof parseBackupWords>,
): Promise<BackupReport> {
  const onProgress = output.quiet
    ? undefined
    : (done: { files: number; bytes: number }) =>
        progress.update({ phase: 'ds-backup', ...done, total: undefined });
  const engine = { fs: nodeFileSystem, clock, signal, onProgress, warn: output.warn };
  const { directory, timestamp } = held;
  const backups = join(directory, 'backups');
  // Where that directory is missing, this says so; a lock would not.
  await listBackups(nodeFileSystem, backups);
  await using repository = await lockRepository(backups, { command: 'holdfast ds backup', signal });
  const lock = allHeld(repository, held);
  return await backupStorage(engine, { directory, lock, timestamp, commands });
}

function describe({ kind, name, since, files, size }: MadeArchive, directory: string): string {
  const what = kind === 'full' ? 'a full backup' : `an increment since backup ${since}`;
  return `Made ${what} of ${directory}: backups/${name}, ${count(files, 'file')}, ${formatBytes(size)}.`;
}
