import { basename, join } from 'node:path';
import { type BlobBackup, countPresent, listBlobBackups } from '@holdfast/blob-snapshot';
import { isHoldfastError } from '@holdfast/errors';
import type { BackedUpState } from '@holdfast/filestorage-backup';
import type { SetPart } from '../set-record.js';
import { findBlobs } from '../sets/find-parts.js';
import { parseSetFileName, SET_RECORD } from '../sets/names.js';
import { setPlaces } from '../sets/places.js';
import { parseSetRecord } from '../sets/record-text.js';
import { type DamagedBlobs, readDamagedBlobs, readIfThere } from '../sets/set-store.js';
import { stampOfState } from './state-stamp.js';
import type { StorageTask } from './storage-run.js';
import { blobEngine, type World } from './world.js';

type Task = Pick<StorageTask, 'world' | 'request' | 'storage'>;

/** What the newest record says of a storage. */
export interface RecordedPart {
  readonly part: SetPart;
  /** Its blobs, where they are there still. */
  readonly blobs: BlobBackup | undefined;
}

/** The part of the newest set, where it holds this very state and its blobs: then there is nothing to do for either. */
export async function knownPart(task: Task, state: BackedUpState): Promise<SetPart | undefined> {
  const recorded = await recordedPart(task);
  if (recorded?.blobs === undefined) return undefined;
  const { part } = recorded;
  const same = part.filestorage?.name === state.file.name && part.filestorage.md5 === state.file.md5;
  return same ? part : undefined;
}

/** Undefined: there is no record, it cannot be read, or it does not have the storage. */
export async function recordedPart({
  world,
  request: { config, kind },
  storage,
}: Task): Promise<RecordedPart | undefined> {
  const directory = setPlaces(config, kind).record;
  const newest = await newestRecordName(world, directory);
  if (newest === undefined) return undefined;
  const text = await readIfThere(world.fs, join(directory, newest));
  const record = text === undefined ? undefined : parseSetRecord(text).value;
  const part = record?.parts.find((one) => one.storage === storage.name);
  if (part === undefined) return undefined;
  if (part.blobs === undefined || part.filestorage === undefined) return { part, blobs: undefined };
  const bases = [basename(storage.blobStorage!)];
  const { backups } = await listBlobBackups(blobEngine(world), storage.places[kind].blobs, { bases });
  return { part, blobs: findBlobs(part.blobs, stampOfState({ file: part.filestorage }), backups) };
}

/** What the last check of the newest set found damaged of the storage's blobs; undefined: nothing. */
export async function damagedBlobs({
  world: { fs },
  world,
  request: { config, kind },
  storage,
}: Task): Promise<DamagedBlobs | undefined> {
  const directory = setPlaces(config, kind).record;
  const id = parseSetFileName((await newestRecordName(world, directory)) ?? '')?.id;
  return id === undefined ? undefined : (await readDamagedBlobs(fs, directory, id)).get(storage.name);
}

/** Whether a full backup of a `Data.fs` that did not change would hold more of its blobs than the newest set. */
export async function canBeMended(task: Task, { blobs }: SetPart): Promise<boolean> {
  if ((await damagedBlobs(task)) !== undefined) return true;
  // What the patterns leave out is there, and would be left out again.
  const lost = task.request.config.options.exclude.length > 0 ? [] : (blobs?.missingBlobs ?? []);
  return (await countPresent(blobEngine(task.world), task.storage.blobStorage!, lost)) > 0;
}

async function newestRecordName(world: World, directory: string): Promise<string | undefined> {
  return (await namesIn(world, directory))
    .filter((name) => parseSetFileName(name)?.kind === SET_RECORD)
    .sort()
    .at(-1);
}

/** None in a directory that is not there. */
export async function namesIn({ fs }: Pick<World, 'fs'>, directory: string): Promise<readonly string[]> {
  try {
    return (await fs.readDirectory(directory)).map(({ name }) => name);
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return [];
    throw error;
  }
}
