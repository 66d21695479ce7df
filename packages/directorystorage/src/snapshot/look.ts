import { join } from 'node:path';
import { type FileSystem, statIfThere } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { KernelLock } from '@holdfast/lockfile';
import { readSnapshotCode } from '../direct-access.js';
import { sublockPath } from './locks.js';

/** What `misc/snapshot` says at one moment; it proves a snapshot only while `misc/sublock` is held. */
export interface Look {
  readonly code: string;
  /** Tells this file from one that was written later, even with the same code. */
  readonly stamp: string;
  /** When the snapshot was entered: the time of the file, milliseconds since 1970. */
  readonly sinceMs: number;
}

/** Undefined where there is no `misc/snapshot`. */
export async function look(fs: FileSystem, directory: string): Promise<Look | undefined> {
  const stat = await statIfThere(fs, join(directory, 'misc', 'snapshot'));
  const code = await readSnapshotCode(fs, directory);
  if (stat === undefined || code === undefined) return undefined;
  return { code, stamp: `${stat.dev}:${stat.ino}:${stat.mtimeMs}`, sinceMs: stat.mtimeMs };
}

/**
 * Whether somebody holds `misc/sublock`. A user who may not open that file cannot see it: the snapshot of another user is
 * taken at its word then.
 *
 * @throws HoldfastError of the `lock.` and `fs.` families
 */
export async function isSublocked(directory: string): Promise<boolean> {
  try {
    return await KernelLock.isHeld(sublockPath(directory));
  } catch (error) {
    if (isHoldfastError(error, 'lock.permission')) return true;
    throw error;
  }
}

/** Why the snapshot that was seen first is not there any more; undefined: it is. */
export async function whyGone(fs: FileSystem, directory: string, first: Look): Promise<string | undefined> {
  const now = await look(fs, directory);
  if (now === undefined) return 'the file misc/snapshot was removed';
  if (now.code !== first.code) return `misc/snapshot now holds ${now.code}, not ${first.code}`;
  return now.stamp === first.stamp ? undefined : 'misc/snapshot was written anew';
}

export function lostError(directory: string, why: string, cause?: unknown): HoldfastError {
  const message = `the snapshot of ${directory} was taken away while it was in use: ${why}`;
  return new HoldfastError('snapshot.lost', message, { path: directory, cause });
}
