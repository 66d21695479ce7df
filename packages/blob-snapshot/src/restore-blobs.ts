import { dirname } from 'node:path';
import { exists, fillDurably } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { extractArchives } from './archive/extract-archives.js';
import type { BlobBackup, BlobCounts } from './blob-backup.js';
import type { BlobEngine } from './engine.js';
import { blobCountsOf } from './entries.js';
import type { RefusedEntry } from './entries-walk.js';
import { removeTree } from './remove-tree.js';
import type { Owner } from './restore-directories.js';
import { copyTree } from './restore-tree.js';

export interface RestoreBlobsRequest {
  readonly backup: BlobBackup;
  /** Path of the blob directory that is to be made: it must not exist, its parent must. */
  readonly target: string;
  /** Compare with the digests that were recorded. Default true; sizes are always compared. */
  readonly check?: boolean | undefined;
  /** Owner of everything. Undefined: as recorded where this process is root, else this process's. */
  readonly owner?: Owner | undefined;
  /** Files to restore, for the progress. */
  readonly total?: number | undefined;
}

export interface BlobRestoreResult extends BlobCounts {
  /** Files whose digest was compared. */
  readonly compared: number;
  /** Not restored: links, FIFOs, devices in what the recipe made; at most 100 are named. */
  readonly refused: { readonly count: number; readonly items: readonly RefusedEntry[] };
}

/**
 * Makes the whole blob directory of a backup at `target`, with modes, times and owners, by copying: no file of it is a
 * link to the backup. Durable when it returns; a failed one removes what it made.
 *
 * @throws HoldfastError `fs.exists`, `fs.no-space` before anything is written; `blobs.damaged` and `blobs.manifest`
 *   where the backup is not what was recorded
 */
export async function restoreBlobs(
  engine: BlobEngine,
  request: RestoreBlobsRequest,
): Promise<BlobRestoreResult> {
  const { target, backup } = request;
  if (await exists(engine.fs, target))
    throw new HoldfastError('fs.exists', `cannot restore to ${target}: it exists already`, { path: target });
  const counts = await blobCountsOf(engine, backup);
  if (counts !== undefined) await needSpace(engine, target, counts);
  if (backup.kind === 'archive' || backup.kind === 'delta')
    return await extractArchives(engine, [...backup.before, backup], target, {
      total: counts?.files,
      ...request,
    });
  try {
    const result = await fillDurably(engine.bulk, target, async () => {
      const copied = await copyTree(engine, { total: counts?.files, ...request });
      if (counts !== undefined && (counts.files !== copied.files || counts.bytes !== copied.bytes))
        throw otherCounts(backup, counts, copied);
      return copied;
    });
    await engine.fs.syncDirectory(dirname(target));
    return result;
  } catch (error) {
    // What went wrong before is the error to tell.
    await removeTree({ bulk: engine.bulk }, target).catch(() => {});
    throw error;
  }
}

async function needSpace({ fs }: BlobEngine, target: string, { bytes }: BlobCounts): Promise<void> {
  const { freeBytes } = await fs.freeSpace(dirname(target));
  if (freeBytes >= bytes) return;
  const message = `restoring the blobs to ${target} needs ${bytes} bytes, ${freeBytes} are free`;
  throw new HoldfastError('fs.no-space', message, {
    path: target,
    hint: 'Nothing was written. Free space first.',
  });
}

function otherCounts({ id, path }: BlobBackup, recorded: BlobCounts, found: BlobCounts): HoldfastError {
  const message =
    `${id} cannot be restored: its manifest lists ${found.files} files with ${found.bytes} bytes, ` +
    `and says that it has ${recorded.files} with ${recorded.bytes}`;
  return new HoldfastError('blobs.damaged', message, { path });
}
