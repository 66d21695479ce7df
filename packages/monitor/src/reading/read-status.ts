import {
  type Configuration,
  type RunEntry,
  readRuns,
  readSets,
  SET_KINDS,
  type SetReading,
  type StorageConfig,
  setPlaces,
  type World,
} from '@holdfast/backup';
import { exists } from '@holdfast/durable-fs';
import { errorLine, isHoldfastError } from '@holdfast/errors';
import { newestOf } from '../good-sets.js';
import type { LockStatus, StorageStatus } from '../status.js';
import type { Thresholds } from '../verdict/thresholds.js';
import { verdictOf } from '../verdict/verdict.js';
import { repositoryLocks, storageLocks } from './locks.js';
import { type PlacesInWords, placesOfSite } from './places-in-words.js';
import { lastCheck, problemsOf, summariesOf } from './sets.js';
import { absent, readSource, type SourceReading } from './source.js';

export interface ReadStatusOptions {
  readonly thresholds?: Thresholds | undefined;
}

/** What belongs to the whole site, read once. */
interface SiteReading {
  readonly config: Configuration;
  readonly readings: readonly SetReading[];
  /** Oldest first. */
  readonly runs: readonly RunEntry[];
  readonly problems: readonly string[];
  readonly inWords: PlacesInWords;
}

/**
 * How safe each storage of a site is, in the order of work (the main one last). Changes nothing and waits for nobody: to see whether a lock is
 * held, it takes it shared for some microseconds. What cannot be read is among the problems of a status. The cost
 * follows the number of sets: of backups and storages no more than some hundred bytes are read.
 *
 * @throws `cancelled`, and nothing else of Holdfast's
 */
export async function readStatus(
  world: World,
  config: Configuration,
  options: ReadStatusOptions = {},
): Promise<readonly StorageStatus[]> {
  const readings: SetReading[] = [];
  const runs: RunEntry[] = [];
  const problems: string[] = [];
  for (const kind of SET_KINDS) {
    const places = setPlaces(config, kind);
    readings.push(await readSets(world, places, { tolerant: true }));
    const history = await readRuns(world.fs, places.record);
    runs.push(...history.runs);
    if (history.problem !== undefined) problems.push(history.problem);
  }
  runs.sort((a, b) => a.finishedMs - b.finishedMs);
  const inWords = placesOfSite(config);
  const site = { config, readings, runs: runs.map((run) => runInWords(run, inWords)), problems, inWords };
  const statuses: StorageStatus[] = [];
  for (const storage of config.storages) statuses.push(await readStorage(world, site, storage, options));
  return statuses;
}

async function readStorage(
  world: World,
  { config, readings, runs, problems, inWords }: SiteReading,
  storage: StorageConfig,
  { thresholds }: ReadStatusOptions,
): Promise<StorageStatus> {
  const { name, datafs, blobStorage } = storage;
  const sets = summariesOf(readings, name).map((set) =>
    set.problem === undefined ? set : { ...set, problem: inWords(set.problem) },
  );
  const newest = newestOf(sets);
  const found = config.options.onlyBlobs
    ? await readBlobSource(world, storage)
    : await readSource(world, datafs, newest);
  const { source, uncovered } = found;
  const unjudged = {
    name,
    kind: 'filestorage',
    readAtMs: world.clock.now(),
    source,
    blobStorage,
    sets,
    newest,
    verified: lastCheck(sets, runs),
    uncovered,
    runs,
    locks: await locksOf(world, storage, config.options.onlyBlobs),
    problems: [
      ...new Set([
        ...problems,
        ...readings.flatMap((reading) => problemsOf(reading, name)),
        ...found.problems,
      ]),
    ].map(inWords),
    unread: [...new Set(readings.flatMap(({ unread = [] }) => unread))].map(inWords),
  } as const;
  return { ...unjudged, verdict: verdictOf(unjudged, unjudged.readAtMs, thresholds) };
}

/** A site that backs up blobs alone need not have its `Data.fs` here: its source is the blob directory. */
async function readBlobSource({ fs }: World, { blobStorage, datafs }: StorageConfig): Promise<SourceReading> {
  const path = blobStorage ?? datafs;
  try {
    return {
      source: { ...absent(path), present: await exists(fs, path) },
      uncovered: undefined,
      problems: [],
    };
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return { source: { ...absent(path), present: true }, uncovered: undefined, problems: [errorLine(error)] };
  }
}

async function locksOf(
  { fs }: World,
  { datafs, places, blobStorage }: StorageConfig,
  onlyBlobs: boolean,
): Promise<readonly LockStatus[]> {
  const filestorages = onlyBlobs ? [] : SET_KINDS.map((kind) => places[kind].filestorage);
  const blobs = blobStorage === undefined ? [] : SET_KINDS.map((kind) => places[kind].blobs);
  return [...(await storageLocks(fs, datafs)), ...(await repositoryLocks(fs, [...filestorages, ...blobs]))];
}

function runInWords(run: RunEntry, inWords: PlacesInWords): RunEntry {
  return run.message === undefined ? run : { ...run, message: inWords(run.message) };
}
