import { basename } from 'node:path';
import { listBlobBackups } from '@holdfast/blob-snapshot';
import { freeStamp } from '@holdfast/filestorage-backup';
import { parseSetFileName } from '../sets/names.js';
import { setPlaces } from '../sets/places.js';
import { namesIn } from './known-part.js';
import type { StorageTask } from './storage-run.js';
import { blobEngine } from './world.js';

/**
 * The stamp of the blobs that are backed up without a `Data.fs`: later than all blob backups and sets that are there, never
 * later than the clock.
 *
 * @throws HoldfastError `repository.clock-behind`
 */
export async function stampAlone({
  world,
  request: { config, kind },
  storage,
}: Pick<StorageTask, 'world' | 'request' | 'storage'>): Promise<string> {
  const place = storage.places[kind].blobs;
  const bases = storage.blobStorage === undefined ? [] : [basename(storage.blobStorage)];
  const { backups } = await listBlobBackups(blobEngine(world), place, { bases });
  const sets = await namesIn(world, setPlaces(config, kind).record);
  const stamps = [
    ...backups.map(({ stamp }) => stamp),
    ...sets.map((name) => parseSetFileName(name)?.id),
  ].filter((stamp) => stamp !== undefined);
  return await freeStamp(world, stamps, place);
}
