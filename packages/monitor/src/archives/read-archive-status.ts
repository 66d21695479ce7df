import { join } from 'node:path';
import { readRuns, type World } from '@holdfast/backup';
import {
  type IndexRow,
  openStorage,
  parseArchive,
  parseIndex,
  readSnapshotCode,
  readState,
} from '@holdfast/directorystorage';
import { exists, nodeBulkReads, readSmallFile } from '@holdfast/durable-fs';
import { errorLine, isHoldfastError } from '@holdfast/errors';
import { newestOf } from '../good-sets.js';
import { directoryLocks, repositoryLocks } from '../reading/locks.js';
import { type PlacesInWords, placesInWords } from '../reading/places-in-words.js';
import type { ReadStatusOptions } from '../reading/read-status.js';
import { lastCheck } from '../reading/sets.js';
import { absent, sinceMs, tidMs } from '../reading/source.js';
import type { SetSummary, SourceStatus, StorageStatus, Uncovered } from '../status.js';
import { verdictOf } from '../verdict/verdict.js';
import { archiveSets, type FoundArchive } from './archive-sets.js';

/** A DirectoryStorage that is backed up to archives. */
export interface ArchiveStorage {
  readonly name: string;
  readonly directory: string;
  /** Only archives whose names begin with this; undefined: all. */
  readonly prefix?: string | undefined;
  /** Where the archives and `tindex` lie. Default: `backups` in the directory. */
  readonly archives?: string | undefined;
}

const LARGEST_INDEX = 1 << 28;

/** As `readStatus`, of a DirectoryStorage: its sets are the runs in `backups/tindex`, with their numbers as ids. */
export async function readArchiveStatus(
  { fs, clock }: Pick<World, 'fs' | 'clock'>,
  storage: ArchiveStorage,
  { thresholds }: ReadStatusOptions = {},
): Promise<StorageStatus> {
  const { name, directory, archives = join(directory, 'backups') } = storage;
  const reading = new Reading({ fs });
  const rows = await reading.rows(archives);
  const found = await reading.archives(archives, storage.prefix);
  const { runs, problem } = await readRuns(fs, archives);
  const sets = archiveSets(rows, found, runs);
  const unread = [...reading.problems];
  const newest = newestOf(sets);
  const source = await reading.source(directory);
  if (problem !== undefined) reading.problems.push(problem);
  const code = await reading.attempt(() => readSnapshotCode(fs, directory));
  const inWords = wordsFor(storage, archives);
  const unjudged = {
    name,
    kind: 'directorystorage',
    readAtMs: clock.now(),
    source,
    blobStorage: undefined,
    sets,
    newest,
    verified: lastCheck(sets, runs),
    uncovered: uncoveredOf(source, newest),
    runs: runs.map((run) => (run.message === undefined ? run : { ...run, message: inWords(run.message) })),
    locks: [...(await directoryLocks(fs, directory, code)), ...(await repositoryLocks(fs, [archives]))],
    problems: reading.problems.map(inWords),
    unread: unread.map(inWords),
  } as const;
  return { ...unjudged, verdict: verdictOf(unjudged, unjudged.readAtMs, thresholds) };
}

function wordsFor({ directory }: ArchiveStorage, archives: string): PlacesInWords {
  return placesInWords([
    [archives, 'the place of the archives'],
    [directory, 'the storage'],
  ]);
}

/** Bytes are not counted: that would be a walk over the storage. */
function uncoveredOf({ tid }: SourceStatus, newest: SetSummary | undefined): Uncovered | undefined {
  if (newest === undefined) return undefined;
  const same = tid !== undefined && tid === newest.tid;
  return { bytes: same ? 0 : undefined, sinceMs: sinceMs(newest) };
}

/** Reads part by part; what cannot be read is told. */
class Reading {
  readonly problems: string[] = [];

  constructor(private readonly world: Pick<World, 'fs'>) {}

  /** Undefined: it is not there, or could not be read, which is told. */
  async attempt<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      if (error.code !== 'fs.not-found') this.problems.push(errorLine(error));
      return undefined;
    }
  }

  async rows(archives: string): Promise<readonly IndexRow[]> {
    const path = join(archives, 'tindex');
    const rows = await this.attempt(async () =>
      parseIndex((await readSmallFile(this.world.fs, path, LARGEST_INDEX)).toString('latin1'), path),
    );
    return rows ?? [];
  }

  async archives(directory: string, prefix: string | undefined): Promise<readonly FoundArchive[]> {
    const { fs } = this.world;
    const entries = (await this.attempt(() => fs.readDirectory(directory))) ?? [];
    const found: FoundArchive[] = [];
    for (const { name, kind } of entries) {
      const archive = kind === 'file' ? parseArchive(name) : undefined;
      if (archive === undefined || (prefix !== undefined && archive.prefix !== prefix)) continue;
      const stat = await this.attempt(() => fs.lstat(join(directory, name)));
      found.push({ archive, size: stat?.size });
    }
    return found;
  }

  async source(directory: string): Promise<SourceStatus> {
    const { fs } = this.world;
    const there = await this.attempt(() => exists(fs, directory));
    if (there === false) return absent(directory);
    const state = await this.attempt(async () =>
      readState(nodeBulkReads(), await openStorage(fs, directory)),
    );
    const serial = state?.serial.toLowerCase();
    const tid = serial === undefined || /^0+$/.test(serial) ? undefined : serial;
    return { path: directory, present: true, bytes: undefined, tid, committedMs: tidMs(tid) };
  }
}
