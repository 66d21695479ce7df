import { basename } from 'node:path';
import { type BlobBackup, listBlobBackups, readManifestHeader } from '@holdfast/blob-snapshot';
import type { BackedUpState } from '@holdfast/filestorage-backup';
import type { MissingBlob } from '../set-record.js';
import { recordedPart } from './known-part.js';
import type { StorageTask } from './storage-run.js';

/** The newest backup of blobs, where it holds the blobs of an earlier state of the same chain. */
export interface BlobBase {
  readonly stamp: string;
  /** Bytes of the `Data.fs` whose blobs it holds. */
  readonly end: number;
  /** Blobs up to there that the source did not have: they may have come back. */
  readonly missing: readonly MissingBlob[];
}

/**
 * What a log-driven increment may go on from: the newest backup of the location, if its manifest says that it belongs
 * to a state that the chain went through, and the newest set says what it lacks. Undefined: there is none, the recipe
 * made it, its run did not end, the `Data.fs` began anew, or more is missing than is named.
 */
export async function findBlobBase(
  task: StorageTask,
  { files }: Pick<BackedUpState, 'files'>,
): Promise<BlobBase | undefined> {
  const { world, storage, request } = task;
  const bases = [basename(storage.blobStorage!)];
  const { backups } = await listBlobBackups(world, storage.places[request.kind].blobs, { bases });
  const newest = newestOf(backups);
  if (newest?.manifest === undefined) return undefined;
  const header = await readManifestHeader(world.fs, newest.manifest);
  if (header?.dataEnd === undefined) return undefined;
  const recorded = await recordedPart(task);
  if (recorded?.blobs?.id !== newest.id) return undefined;
  const { stamp, dataEnd, tid } = header;
  const { missing, missingBlobs } = recorded.part.blobs!;
  if (missingBlobs.length < missing) return undefined;
  let last: string | undefined;
  for (const file of files) {
    last = file.last?.tid ?? last;
    if (file.end === dataEnd && last === tid) return { stamp, end: dataEnd, missing: missingBlobs };
  }
  return undefined;
}

function newestOf(backups: readonly BlobBackup[]): BlobBackup | undefined {
  return backups.reduce<BlobBackup | undefined>((newest, backup) => {
    if (newest === undefined) return backup;
    return (backup.stamp ?? '') >= (newest.stamp ?? '') ? backup : newest;
  }, undefined);
}
