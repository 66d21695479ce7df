import { join } from 'node:path';
import { listBlobBackups } from '@holdfast/blob-snapshot';
import { errorLine, isHoldfastError } from '@holdfast/errors';
import { type Repository, readRepository } from '@holdfast/filestorage-backup';
import { engineOn, type World } from '../run/world.js';
import type { SetRecord } from '../set-record.js';
import { assembleSets, type SetFiles } from './assemble.js';
import { parseSetFileName, SET_PIN, SET_RECORD, SET_VERIFIED } from './names.js';
import type { SetPlaces, StoragePlaces } from './places.js';
import { type SetReading, type StorageReading, statesOf } from './reading.js';
import { parseSetRecord } from './record-text.js';
import { readIfThere, readVerification, type Verification } from './set-store.js';

export interface ReadSetsOptions {
  /**
   * What the system does not let be read is a problem of the reading, and the rest is read; for those who only tell. By
   * default it is an error: whoever removes or restores must see everything.
   */
  readonly tolerant?: boolean;
}

/**
 * All sets of one kind: from their records, and those of the peers from names alone. Reads names, sizes, `.dat` files
 * and records, not the backups (but for data files that nothing describes: those are measured). A place that does not
 * exist has no sets.
 */
export async function readSets(
  world: World,
  places: SetPlaces,
  { tolerant = false }: ReadSetsOptions = {},
): Promise<SetReading> {
  const unread: string[] = [];
  const attempt: Attempt = tolerant ? (read) => telling(read, unread) : (read) => read();
  const storages: StorageReading[] = [];
  for (const storage of places.storages) storages.push(await readStorage(world, storage, attempt));
  const files = (await attempt(() => readSetFiles(world, places.record, attempt))) ?? NO_FILES;
  const damaged = storages.flatMap(({ blobLocation }) => blobLocation?.damaged ?? []);
  const problems = [...unread, ...files.problems, ...damaged.map(({ path, reason }) => `${path}: ${reason}`)];
  return { ...assembleSets(places, storages, { ...files, problems }), unread };
}

const NO_FILES: SetFiles = {
  files: new Set(),
  records: [],
  pins: new Set(),
  verifications: new Map(),
  problems: [],
};

/** Undefined: it could not be read, and that is told. */
type Attempt = <T>(read: () => Promise<T>) => Promise<T | undefined>;

async function telling<T>(read: () => Promise<T>, unread: string[]): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!isHoldfastError(error) || error.code === 'cancelled') throw error;
    unread.push(errorLine(error));
    return undefined;
  }
}

async function readStorage(world: World, storage: StoragePlaces, attempt: Attempt): Promise<StorageReading> {
  const engine = storage.filestorage === undefined ? undefined : engineOn(world, storage.filestorage);
  const repository = engine && (await attempt(() => ifThere(() => readRepository(engine))));
  const { blobs: place, blobBase } = storage;
  const known = blobBase === undefined ? {} : { bases: [blobBase] };
  const blobLocation =
    place === undefined ? undefined : await attempt(() => listBlobBackups(world, place, known));
  const blobs = blobLocation?.backups ?? [];
  const states = statesOf(repository);
  const stateByName = new Map(states.map((state) => [state.file.name, state]));
  return { storage, engine, repository, states, stateByName, blobs, blobLocation };
}

async function ifThere(read: () => Promise<Repository>): Promise<Repository | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isHoldfastError(error, 'repository.missing')) return undefined;
    throw error;
  }
}

/** So many small files are read at once: waiting for each alone would be most of the time. */
const AT_ONCE = 32;

async function readSetFiles({ fs }: World, directory: string, attempt: Attempt): Promise<SetFiles> {
  const records: SetRecord[] = [];
  const pins = new Set<string>();
  const verifications = new Map<string, Verification>();
  const problems: string[] = [];
  const files = new Set<string>();
  const read = async (name: string): Promise<void> => {
    const parsed = parseSetFileName(name);
    if (parsed === undefined) return;
    files.add(name);
    if (parsed.kind === SET_PIN) pins.add(parsed.id);
    if (parsed.kind === SET_VERIFIED) {
      const verification = await attempt(() => readVerification(fs, directory, parsed.id));
      if (verification !== undefined) verifications.set(parsed.id, verification);
    }
    if (parsed.kind !== SET_RECORD) return;
    const record = await attempt(() => readRecord(fs, join(directory, name), parsed.id, problems));
    if (record !== undefined) records.push(record);
  };
  const names = await namesIn(fs, directory);
  for (let at = 0; at < names.length; at += AT_ONCE)
    await Promise.all(names.slice(at, at + AT_ONCE).map(read));
  records.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { files, records, pins, verifications, problems: problems.sort() };
}

async function readRecord(
  fs: World['fs'],
  path: string,
  id: string,
  problems: string[],
): Promise<SetRecord | undefined> {
  const content = await readIfThere(fs, path);
  if (content === undefined) return undefined;
  const parsed = parseSetRecord(content);
  const reason =
    parsed.value === undefined
      ? parsed.reason
      : parsed.value.id === id
        ? undefined
        : `its id is ${parsed.value.id}`;
  if (reason === undefined) return parsed.value;
  problems.push(`${path} is not used: ${reason}`);
  return undefined;
}

async function namesIn(fs: World['fs'], directory: string): Promise<readonly string[]> {
  try {
    const entries = await fs.readDirectory(directory);
    return entries
      .filter(({ kind }) => kind === 'file')
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return [];
    throw error;
  }
}
