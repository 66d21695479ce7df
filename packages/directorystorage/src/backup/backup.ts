import { join } from 'node:path';
import {
  type BulkReads,
  type Clock,
  type FileSystem,
  nodeBulkReads,
  publishFile,
  removeIfThere,
  removeLeftovers,
  throwIfCancelled,
} from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { RepositoryLock } from '@holdfast/lockfile';
import { readState } from '../changes.js';
import { openStorage, type StorageDirectory } from '../open-storage.js';
import { expectPrefix, fullName, incrementName, parseArchive } from './archive-names.js';
import { ArchiveWriter } from './archive-writer.js';
import { listBackups, readIndex } from './backups-directory.js';
import { addTop, type Contents, filesOf } from './contents.js';
import { parseMoment } from './moment.js';
import { leadsTo } from './restore-plan.js';
import { type IndexRow, referenceRow, withRow } from './tindex.js';

export interface BackupEngine {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FilesProgress) => void) | undefined;
  /** What the user should know, in a sentence, though it stops nothing. */
  readonly warn?: ((text: string) => void) | undefined;
  /** Called before and after each step that changes `backups`; tests stop the work there. */
  readonly failpoint?: ((name: string) => Promise<void> | void) | undefined;
  readonly bulk?: BulkReads | undefined;
}

export interface FilesProgress {
  readonly files: number;
  readonly bytes: number;
}

/** One thing to do; several can be done in one run, all with one number. */
export type BackupCommand =
  | { readonly kind: 'full'; readonly prefix: string }
  /** What changed since the last backup at or before `moment`, milliseconds since 1970. */
  | { readonly kind: 'inc'; readonly prefix: string; readonly moment: number };

export interface BackupRequest {
  readonly directory: string;
  /** The lock on the directory `backups`, asked once more before anything appears there: a lease can be lost meanwhile. */
  readonly lock: Pick<RepositoryLock, 'assertHeld'>;
  /** When the snapshot was taken, seconds since 1970. */
  readonly timestamp: number;
  readonly commands: readonly BackupCommand[];
}

export interface MadeArchive {
  readonly kind: 'full' | 'increment';
  readonly name: string;
  /** Of an increment: the number of the backup that it goes on from. */
  readonly since: number | undefined;
  readonly files: number;
  /** Bytes of the archive. */
  readonly size: number;
}

export interface BackupReport {
  readonly storage: StorageDirectory;
  /** The number of this run; undefined where nothing was made. */
  readonly sequence: number | undefined;
  /** Tid of the last transaction. */
  readonly serial: string;
  readonly archives: readonly MadeArchive[];
  /** Increments that were not made, which is no failure: why. */
  readonly skipped: readonly ('no-reference' | 'nothing-new')[];
}

const DEFAULT_PREFIX = 'backup';
const OLDEST_SNAPSHOT_MS = 12 * 3_600_000;

/**
 * The words of DirectoryStorage's backup tool: `prefix P`, `full`, `inc TIMESTAMP`, in any number.
 *
 * @param now milliseconds since 1970
 * @throws HoldfastError `usage`
 */
export function parseBackupWords(words: readonly string[], now: number): readonly BackupCommand[] {
  const commands: BackupCommand[] = [];
  let prefix = DEFAULT_PREFIX;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const argument = words[at + 1];
    if (word === 'full') {
      commands.push({ kind: 'full', prefix });
      continue;
    }
    if (word !== 'prefix' && word !== 'inc') throw usage(`'${word}' is no command of a backup`);
    if (argument === undefined) throw usage(`${word} needs a word behind it`);
    at += 1;
    if (word === 'inc') {
      commands.push({ kind: 'inc', prefix, moment: parseMoment(argument, now) });
    } else {
      expectPrefix(argument);
      prefix = argument;
    }
  }
  if (commands.length === 0) throw usage('nothing to do');
  return commands;
}

function usage(message: string): HoldfastError {
  return new HoldfastError('usage', message, {
    hint: 'Say full, or inc and a moment such as "36 hours ago".',
  });
}

/**
 * Makes archives of a frozen storage in its directory `backups`, then writes the run down in `backups/tindex`. A run that
 * is killed leaves whole archives without a row at the most, whose number is not used again; one that fails removes them.
 *
 * The caller holds the snapshot, and the lock on `backups`.
 *
 * @throws HoldfastError `repository.missing` without a directory `backups`; `lock.lost`, and then nothing more appears;
 *   `directorystorage.old-snapshot`, `directorystorage.reference`, `directorystorage.index`, as `openStorage`,
 *   `cancelled`, or one of the `fs.` family
 */
export async function backupStorage(engine: BackupEngine, request: BackupRequest): Promise<BackupReport> {
  expectFresh(request.timestamp, engine.clock.now());
  const storage = await openStorage(engine.fs, request.directory);
  return new Run(engine, storage, request).run();
}

function expectFresh(timestamp: number, now: number): void {
  const age = now - timestamp * 1000;
  if (age >= 0 && age <= OLDEST_SNAPSHOT_MS) return;
  const what = age < 0 ? 'later than the clock' : 'older than twelve hours';
  throw new HoldfastError(
    'directorystorage.old-snapshot',
    `the snapshot of ${new Date(timestamp * 1000).toISOString()} is ${what}`,
  );
}

class Run {
  private readonly bulk: BulkReads;
  private readonly backups: string;
  private readonly made: ArchiveWriter[] = [];
  private readonly archives: MadeArchive[] = [];
  private readonly skipped: BackupReport['skipped'][number][] = [];
  private files = 0;

  constructor(
    private readonly engine: BackupEngine,
    private readonly storage: StorageDirectory,
    private readonly request: BackupRequest,
  ) {
    this.bulk = engine.bulk ?? nodeBulkReads();
    this.backups = join(request.directory, 'backups');
  }

  async run(): Promise<BackupReport> {
    const { storage, skipped } = this;
    const { names, text, rows } = await this.readBackups();
    const { serial } = readState(this.bulk, storage);
    const numbers = [...rows, ...names.flatMap((name) => parseArchive(name) ?? [])];
    const sequence = 1 + numbers.reduce((most, { sequence: number }) => Math.max(most, number), 0);
    const row: IndexRow = { sequence, timestamp: this.request.timestamp, tid: serial };
    try {
      for (const command of this.request.commands) await this.make(command, sequence, rows, serial);
      if (this.archives.length === 0) return { storage, sequence: undefined, serial, archives: [], skipped };
      this.warnOfHoles(names);
      await this.publish(text, row);
    } finally {
      for (const archive of this.made) await archive[Symbol.asyncDispose]();
    }
    return { storage, sequence, serial, archives: this.archives, skipped };
  }

  private async publish(text: string, row: IndexRow): Promise<void> {
    const index = Buffer.from(withRow(text, row), 'latin1');
    const published: string[] = [];
    try {
      for (const [number, archive] of this.made.entries()) {
        await this.lockedStep('publish', () => archive.publish());
        published.push(this.archives[number]!.name);
      }
      await this.lockedStep('write-index', () =>
        publishFile(this.engine.fs, join(this.backups, 'tindex'), index, { mode: 0o640, replace: true }),
      );
    } catch (error) {
      // The first error is the one to tell.
      await this.takeBack(row, published).catch(() => {});
      throw error;
    }
  }

  /** An increment whose beginning is elsewhere is made all the same: the archives it needs may be kept elsewhere, too. */
  private warnOfHoles(names: readonly string[]): void {
    for (const { name, since } of this.archives) {
      if (since === undefined || leadsTo(names, since)) continue;
      this.engine.warn?.(
        `${name} goes on from backup ${since}, to which no archives in ${this.backups} lead: it cannot be restored without them`,
      );
    }
  }

  private async readBackups() {
    const { fs } = this.engine;
    const names = await listBackups(fs, this.backups);
    await removeLeftovers(fs, this.backups);
    return { names, ...(await readIndex(fs, this.backups, names)) };
  }

  /**
   * Archives that appeared, and no row tells of them: without them every further try would add some. They stay where the
   * lock is lost, as they may be another's by now, and where the row may have been written after all.
   */
  private async takeBack(row: IndexRow, published: readonly string[]): Promise<void> {
    const { fs } = this.engine;
    await this.request.lock.assertHeld();
    const { rows } = await readIndex(fs, this.backups, await listBackups(fs, this.backups));
    if (rows.some(({ sequence }) => sequence === row.sequence)) return;
    for (const name of published) await removeIfThere(fs, join(this.backups, name));
    await fs.syncDirectory(this.backups);
  }

  private async make(
    command: BackupCommand,
    sequence: number,
    rows: readonly IndexRow[],
    serial: string,
  ): Promise<void> {
    if (command.kind === 'full') {
      await this.write(fullName(command.prefix, sequence), { kind: 'full' }, undefined);
      return;
    }
    const reference = referenceRow(rows, command.moment);
    if (reference === undefined) this.skipped.push('no-reference');
    else if (reference.tid === serial) this.skipped.push('nothing-new');
    else {
      const name = incrementName(command.prefix, reference.sequence, sequence);
      await this.write(name, { kind: 'increment', since: reference.tid }, reference.sequence);
    }
  }

  private async write(name: string, contents: Contents, since: number | undefined): Promise<void> {
    const { fs, signal, warn } = this.engine;
    const { directory } = this.storage;
    if (this.archives.some((archive) => archive.name === name)) throw usage(`${name} would be made twice`);
    const archive = await ArchiveWriter.create({ fs, bulk: this.bulk, directory }, join(this.backups, name));
    this.made.push(archive);
    if (contents.kind === 'full') await addTop(fs, archive, directory, warn);
    for (const file of filesOf(this.bulk, this.storage, contents, warn)) {
      throwIfCancelled(signal);
      await archive.addFile(file);
      this.files += 1;
      this.engine.onProgress?.({ files: this.files, bytes: archive.bytes });
    }
    await this.step('seal', () => archive.seal());
    this.archives.push({ kind: contents.kind, name, since, files: archive.files, size: archive.size });
  }

  private lockedStep(name: string, action: () => Promise<void>): Promise<void> {
    return this.step(name, async () => {
      await this.request.lock.assertHeld();
      await action();
    });
  }

  private async step(name: string, action: () => Promise<void>): Promise<void> {
    await this.engine.failpoint?.(`before:${name}`);
    await action();
    await this.engine.failpoint?.(`after:${name}`);
  }
}
