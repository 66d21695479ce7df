import { join } from 'node:path';
import { type FileSystem, nodeFileSystem } from '@holdfast/durable-fs';
import { errorLine, isHoldfastError } from '@holdfast/errors';
import { KernelLock } from './kernel-lock.js';
import { leasedFile, leaseIsFresh } from './lease-directory.js';
import { textOf } from './lock-file.js';
import { flockHolders } from './lock-holders.js';
import { type LockKind, lockKindOf } from './lock-kinds.js';
import { type RecordedHolder, recordedHolder } from './recorded-holder.js';

export interface LockReport {
  readonly path: string;
  readonly kind: LockKind;
  readonly state: 'held' | 'free' | 'unknown';
  /** Why the state is unknown. */
  readonly problem?: string | undefined;
  /** By whom, as the file says; nobody in a free lock's. */
  readonly recorded?: RecordedHolder | undefined;
  /** Pids that hold it, as the kernel says: complete only for the superuser. */
  readonly holders: readonly number[];
}

/**
 * The locks in a directory, by name. A free lock is found out by taking it shared for an instant.
 *
 * @throws HoldfastError of the `fs.` family when the directory cannot be read
 */
export async function listLocks(
  directory: string,
  fs: FileSystem = nodeFileSystem,
): Promise<readonly LockReport[]> {
  const entries = await fs.readDirectory(directory);
  const reports: LockReport[] = [];
  for (const entry of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const kind = lockKindOf(entry);
    if (kind !== undefined) reports.push(await report(join(directory, entry.name), kind, fs));
  }
  return reports;
}

async function report(path: string, kind: LockKind, fs: FileSystem): Promise<LockReport> {
  try {
    const held = kind === 'lease' ? leaseIsFresh(path) : await KernelLock.isHeld(path);
    if (!held) return { path, kind, state: 'free', holders: [] };
    const file = kind === 'lease' ? leasedFile(path) : path;
    const recorded = await recordedHolder(file, textOf(file));
    return {
      path,
      kind,
      state: 'held',
      recorded,
      holders: kind === 'lease' ? [] : await flockHolders(path, fs),
    };
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return { path, kind, state: 'unknown', problem: errorLine(error), holders: [] };
  }
}
