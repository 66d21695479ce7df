import { basename, dirname, join } from 'node:path';
import { type FileSystem, removeIfThere } from '@holdfast/durable-fs';

/**
 * The directory in which a restore builds what is to take the place of one path, in the same file system. Its name
 * follows from the path, so that the next restore of that path finds it (docs/decisions/0032).
 */
export interface Work {
  readonly path: string;
}

const PREFIX = '.holdfast-restore-';

/** Names in a work directory. */
export const CLAIM = 'claim';
export const JOURNAL = 'journal';
export const NEW_DATA = 'data';
export const NEW_INDEX = 'index';
export const NEW_BLOBS = 'blobs';
/** The new blobs while they move into a mount point. */
export const FILLING = 'filling';
export const OLD_DATA = 'old-data';
export const OLD_INDEX = 'old-index';
export const OLD_BLOBS = 'old-blobs';

export function workBeside(path: string): Work {
  return { path: join(dirname(path), `${PREFIX}${basename(path)}`) };
}

export function workInside(directory: string): Work {
  return { path: join(directory, `${PREFIX}${basename(directory)}`) };
}

/** Held during all of a restore: two restores to one path exclude each other, also where ZODB has no lock file. */
export function lockOf({ path }: Work): string {
  return `${path}.lock`;
}

/** What a restore itself makes in a directory. */
export function isOfRestore(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** Files that a killed run of `restoreToFile` or an earlier version left beside are not touched here. */
export async function removeFileDurably(fs: FileSystem, path: string): Promise<void> {
  if (await removeIfThere(fs, path)) await fs.syncDirectory(dirname(path));
}
