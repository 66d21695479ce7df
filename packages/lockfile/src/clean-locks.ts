import { basename, join } from 'node:path';
import { type DirectoryEntry, type FileSystem, nodeFileSystem, removeIfThere } from '@holdfast/durable-fs';
import { errorLine, isHoldfastError } from '@holdfast/errors';
import { KernelLock } from './kernel-lock.js';
import { leasedFile, leaseIsFresh } from './lease-directory.js';
import { LeaseLock } from './lease-lock.js';
import { textOf } from './lock-file.js';
import { type LockKind, lockKindOf } from './lock-kinds.js';
import { parseRecord } from './owner-record.js';

export interface CleanReport {
  readonly path: string;
  readonly action: 'removed' | 'kept';
  /** Why it was kept. */
  readonly reason?: string | undefined;
}

export interface CleanOptions {
  /** Only say what would be done. */
  readonly dryRun?: boolean | undefined;
  readonly fs?: FileSystem | undefined;
}

/**
 * Removes the lock files of free locks, each while holding it. Only files that say that Holdfast made them: it
 * looks again, after locking, whether the file is still under its path. Barman and zc.lockfile do not, so removing
 * theirs would let two of them in; those are kept.
 *
 * @throws HoldfastError of the `fs.` family when the directory cannot be read
 */
export async function cleanLocks(
  directory: string,
  options: CleanOptions = {},
): Promise<readonly CleanReport[]> {
  const { fs = nodeFileSystem } = options;
  const reports: CleanReport[] = [];
  for (const { name, kind } of leasesFirst(await fs.readDirectory(directory))) {
    const path = join(directory, name);
    const reason = await clean(path, kind, options).catch((error: unknown) => {
      if (isHoldfastError(error)) return errorLine(error);
      throw error;
    });
    reports.push(reason === undefined ? { path, action: 'removed' } : { path, action: 'kept', reason });
  }
  return reports;
}

interface Found {
  readonly name: string;
  readonly kind: LockKind;
}

/** By name; but a lease is known to be Holdfast's by the record in the file beside it, which goes after it. */
function leasesFirst(entries: readonly DirectoryEntry[]): readonly Found[] {
  const found = entries.flatMap((entry): Found[] => {
    const kind = lockKindOf(entry);
    return kind === undefined ? [] : [{ name: entry.name, kind }];
  });
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...found.filter(({ kind }) => kind === 'lease'), ...found.filter(({ kind }) => kind !== 'lease')];
}

const NOT_OURS: Readonly<Partial<Record<LockKind, string>>> = {
  barman:
    'Barman does not look again whether the file it locked is still there: removing it would let two in',
  zodb: 'ZODB does not look again whether the file it locked is still there: removing it would let two in',
};

/** Removes one; the reason when it is kept. */
async function clean(path: string, kind: LockKind, options: CleanOptions): Promise<string | undefined> {
  if (kind === 'lease') return cleanLease(path, options);
  if (NOT_OURS[kind] !== undefined) return NOT_OURS[kind];
  if (leaseIsFresh(`${path}.lease`)) return 'a lease on it is held';
  await using lock = await KernelLock.tryAcquire(path, { create: false });
  if (lock === undefined) return 'it is held';
  if (parseRecord(lock.readText()) === undefined) return 'Holdfast did not make it';
  lock.assertHeld();
  if (options.dryRun !== true) await removeIfThere(options.fs ?? nodeFileSystem, path);
  return undefined;
}

/** A lease that has run out is taken over, which its former holder notices, and given back, which removes it. */
async function cleanLease(path: string, { dryRun, fs }: CleanOptions): Promise<string | undefined> {
  if (leaseIsFresh(path)) return 'it is held';
  const file = leasedFile(path);
  if (parseRecord(textOf(file)) === undefined) return 'Holdfast did not make it';
  if (dryRun === true) return undefined;
  const lease = await LeaseLock.tryAcquire(file, { command: `clean ${basename(file)}`, fs });
  if (lease === undefined) return 'it is held';
  await lease.release();
  return undefined;
}
