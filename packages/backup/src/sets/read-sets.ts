import { join } from 'node:path';
import { listBlobBackups } from '@holdfast/blob-snapshot';
import { isHoldfastError } from '@holdfast/errors';
import { type Repository, readRepository } from '@holdfast/filestorage-backup';
import { engineOn, type World } from '../run/world.js';
import type { SetRecord } from '../set-record.js';
import { assembleSets, type SetFiles } from './assemble.js';
import { parseSetFileName, SET_PIN, SET_RECORD, SET_VERIFIED } from './names.js';
import type { SetPlaces, StoragePlaces } from './places.js';
import { type SetReading, type StorageReading, statesOf } from './reading.js';
import { parseSetRecord } from './record-text.js';
import { readIfThere, readVerification, type Verification } from './set-store.js';

/**
 * All sets of one kind: from their records, and those of the peers from names alone. Reads names, sizes, `.dat` files
 * and records, not the backups (but for data files that nothing describes: those are measured). A place that does not
 * exist has no sets.
 */
export async function readSets(world: World, places: SetPlaces): Promise<SetReading> {
  const storages: StorageReading[] = [];
  for (const storage of places.storages) storages.push(await readStorage(world, storage));
  const files = await readSetFiles(world, places.record);
  const damaged = storages.flatMap(({ blobLocation }) => blobLocation?.damaged ?? []);
  const problems = [...files.problems, ...damaged.map(({ path, reason }) => `${path}: ${reason}`)];
  return assembleSets(places, storages, { ...files, problems });
}

async function readStorage(world: World, storage: StoragePlaces): Promise<StorageReading> {
  const engine = storage.filestorage === undefined ? undefined : engineOn(world, storage.filestorage);
  const repository = engine && (await ifThere(() => readRepository(engine)));
  const { blobs: place, blobBase } = storage;
  const known = blobBase === undefined ? {} : { bases: [blobBase] };
  const blobLocation = place === undefined ? undefined : await listBlobBackups(world, place, known);
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

async function readSetFiles({ fs }: World, directory: string): Promise<SetFiles> {
  const records: SetRecord[] = [];
  const pins = new Set<string>();
  const verifications = new Map<string, Verification>();
  const problems: string[] = [];
  const files = new Set<string>();
  for (const name of await namesIn(fs, directory)) {
    const parsed = parseSetFileName(name);
    if (parsed !== undefined) files.add(name);
    if (parsed?.kind === SET_PIN) pins.add(parsed.id);
    if (parsed?.kind === SET_VERIFIED) {
      const verification = await readVerification(fs, directory, parsed.id);
      if (verification !== undefined) verifications.set(parsed.id, verification);
    }
    if (parsed?.kind !== SET_RECORD) continue;
    const record = await readRecord(fs, join(directory, name), parsed.id, problems);
    if (record !== undefined) records.push(record);
  }
  return { files, records, pins, verifications, problems };
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
