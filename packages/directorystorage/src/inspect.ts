import { join } from 'node:path';
import { type FileSystem, nodeBulkReads, readSmallFile } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { KernelLock } from '@holdfast/lockfile';
import { type IndexRow, parseIndex } from './backup/tindex.js';
import { readState, type StorageState } from './changes.js';
import { readSnapshotCode } from './direct-access.js';
import { planJournal } from './journal-plan.js';
import { openStorage, type StorageDirectory } from './open-storage.js';
import { isEmptyTree } from './recombine.js';

/** How a storage lies there, without taking it or changing anything: of a live one it may be out of date at once. */
export interface StorageInspection extends StorageState {
  readonly storage: StorageDirectory;
  /** What `misc/snapshot` holds; undefined where there is none. */
  readonly snapshotCode: string | undefined;
  /** Whether somebody manages the tree (`misc/lock`), and whether somebody writes to `A` or keeps it frozen (`misc/sublock`). */
  readonly managed: boolean;
  readonly sublocked: boolean;
  /** Finished transactions that are only in the journal; undefined where it holds something strange. */
  readonly journal: number | undefined;
  /** Whether files wait in `B`. */
  readonly secondary: boolean;
  /** The last row of `backups/tindex`. */
  readonly lastBackup: IndexRow | undefined;
}

/** @throws HoldfastError as `openStorage`; `directorystorage.damaged`, `directorystorage.index` */
export async function inspectStorage(fs: FileSystem, directory: string): Promise<StorageInspection> {
  const storage = await openStorage(fs, directory);
  return {
    storage,
    ...readState(nodeBulkReads(), storage),
    snapshotCode: await readSnapshotCode(fs, directory),
    managed: await KernelLock.isHeld(join(directory, 'misc', 'lock')),
    sublocked: await KernelLock.isHeld(join(directory, 'misc', 'sublock')),
    journal: await countJournal(fs, directory),
    secondary: !(await isEmptyTree(fs, join(directory, 'B'))),
    lastBackup: await lastRow(fs, join(directory, 'backups', 'tindex')),
  };
}

/** A transaction that a live storage takes away meanwhile is none. */
async function countJournal(fs: FileSystem, directory: string): Promise<number | undefined> {
  try {
    return (await planJournal(fs, join(directory, 'journal'))).done.length;
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found') || isHoldfastError(error, 'directorystorage.journal'))
      return undefined;
    if (isHoldfastError(error, 'directorystorage.replica')) return undefined;
    throw error;
  }
}

async function lastRow(fs: FileSystem, path: string): Promise<IndexRow | undefined> {
  try {
    return parseIndex((await readSmallFile(fs, path, 1 << 28)).toString('latin1'), path).at(-1);
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return undefined;
    throw error;
  }
}
