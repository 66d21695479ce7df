import type { BlobBackup } from '@holdfast/blob-snapshot';
import type { ChainFile } from '@holdfast/filestorage-backup';
import type { StorageReading } from '../sets/reading.js';
import type { LocatedSet } from './chain-groups.js';

/** The files that kept sets are restored from. */
export class Needs {
  /** Of each data file and each blob backup: the oldest kept set that is restored from it. */
  private readonly files = new Map<ChainFile, string>();
  private readonly blobs = new Map<string, string>();

  /** Sets are added from the oldest to the newest. */
  add({ set, parts }: LocatedSet): void {
    for (const { state, blobs } of parts) {
      for (let at = state?.file; at !== undefined && !this.files.has(at); at = at.parent)
        this.files.set(at, set.id);
      if (blobs !== undefined) this.addBlobs(blobs, set.id);
    }
  }

  /** `before` of a backup begins with that of the one before it: what is known from its end on is known to its start. */
  private addBlobs(backup: BlobBackup, id: string): void {
    for (const one of [backup, ...[...backup.before].reverse()]) {
      if (this.hasBlobs(one)) return;
      this.blobs.set(keyOf(one), id);
    }
  }

  hasFile(file: ChainFile): boolean {
    return this.files.has(file);
  }

  hasBlobs(backup: BlobBackup): boolean {
    return this.blobs.has(keyOf(backup));
  }

  /** The kept set that is restored from the state of this one; undefined where none is. */
  continuedBy({ main }: LocatedSet): string | undefined {
    if (main?.state !== undefined) return this.files.get(main.state.file);
    if (main?.reading.storage.filestorage !== undefined || main?.blobs === undefined) return undefined;
    return this.blobs.get(keyOf(main.blobs));
  }
}

function keyOf({ path, id }: BlobBackup): string {
  return `${path}\0${id}`;
}

/** Chains of a storage that stay whatever the rules say. @returns the reason by stamp */
export function protectedChains(
  { repository }: StorageReading,
  foreign: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const kept = new Map<string, string>();
  const chains = repository?.chains ?? [];
  const restorable = chains.findLast(({ files }) => files.length > 0);
  const whole = chains.findLast(({ files, detached }) => files.length > 0 && detached.length === 0);
  for (const stamp of foreign) kept.set(stamp, 'it belongs to another history of the storage');
  if (whole !== undefined) kept.set(whole.stamp, 'it belongs to the newest whole chain');
  if (restorable !== undefined) kept.set(restorable.stamp, 'it belongs to the newest chain');
  const newest = chains.at(-1);
  if (newest !== undefined) kept.set(newest.stamp, 'it belongs to the newest chain');
  return kept;
}
