/** The directory `backups` as it is read; nothing is changed. */
import { join } from 'node:path';
import { exists, type FileSystem, readSmallFile } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { type IndexRow, parseIndex } from './tindex.js';

const LONGEST_INDEX = 1 << 28;

/** @throws HoldfastError `repository.missing` */
export async function listBackups(fs: FileSystem, backups: string): Promise<readonly string[]> {
  try {
    return (await fs.readDirectory(backups)).map(({ name }) => name);
  } catch (error) {
    if (!isHoldfastError(error, 'fs.not-found')) throw error;
    const what = (await exists(fs, backups)) ? 'is neither a directory nor leads to one' : 'does not exist';
    throw new HoldfastError('repository.missing', `${backups} ${what}`, {
      path: backups,
      cause: error,
      hint: 'Make that directory, or a link to one on another disk.',
    });
  }
}

export interface BackupsIndex {
  readonly text: string;
  readonly rows: readonly IndexRow[];
}

/**
 * The list of backups; empty where there is none.
 *
 * @param names what is in the directory
 * @throws HoldfastError `directorystorage.index`, or one of the `fs.` family
 */
export async function readIndex(
  fs: FileSystem,
  backups: string,
  names: readonly string[],
): Promise<BackupsIndex> {
  if (!names.includes('tindex')) return { text: '', rows: [] };
  const path = join(backups, 'tindex');
  const text = (await readSmallFile(fs, path, LONGEST_INDEX)).toString('latin1');
  return { text, rows: parseIndex(text, path) };
}
