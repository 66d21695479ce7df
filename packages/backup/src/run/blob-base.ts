import {
  type BlobBackup,
  type BlobEngine,
  listBlobBackups,
  readManifestHeader,
} from '@holdfast/blob-snapshot';
import type { BackedUpState } from '@holdfast/filestorage-backup';

/** The newest backup of blobs, where it holds the blobs of an earlier state of the same chain. */
export interface BlobBase {
  readonly stamp: string;
  /** Bytes of the `Data.fs` whose blobs it holds. */
  readonly end: number;
}

/**
 * What a log-driven increment may go on from: the newest backup of the location, if its manifest says that it belongs
 * to a state that the chain went through. Undefined: there is none, the recipe made it, or the `Data.fs` began anew.
 */
export async function findBlobBase(
  engine: BlobEngine,
  location: string,
  { files }: Pick<BackedUpState, 'files'>,
): Promise<BlobBase | undefined> {
  const { backups } = await listBlobBackups(engine, location);
  const newest = newestOf(backups);
  if (newest?.manifest === undefined) return undefined;
  const header = await readManifestHeader(engine.fs, newest.manifest);
  if (header?.dataEnd === undefined) return undefined;
  const { stamp, dataEnd, tid } = header;
  let last: string | undefined;
  for (const file of files) {
    last = file.last?.tid ?? last;
    if (file.end === dataEnd && last === tid) return { stamp, end: dataEnd };
  }
  return undefined;
}

function newestOf(backups: readonly BlobBackup[]): BlobBackup | undefined {
  return backups.reduce<BlobBackup | undefined>((newest, backup) => {
    if (newest === undefined) return backup;
    return (backup.stamp ?? '') >= (newest.stamp ?? '') ? backup : newest;
  }, undefined);
}
