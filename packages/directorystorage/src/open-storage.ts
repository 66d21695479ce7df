import { join } from 'node:path';
import { type FileSystem, readSmallFile } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { readSettings, type StorageSettings } from './settings.js';

/** A DirectoryStorage on disk; nothing of it is held open. */
export interface StorageDirectory {
  readonly directory: string;
  readonly settings: StorageSettings;
  /** 32 hex digits in `config/identity`, made at random with the storage. */
  readonly identity: string;
}

/** What every DirectoryStorage has; any of the directories may be a link to one elsewhere on the file system. */
const DIRECTORIES = ['A', 'B', 'journal', 'misc', 'config'] as const;

/**
 * Looks at a directory and its settings; takes no lock and changes nothing.
 *
 * @throws HoldfastError `directorystorage.missing`, `directorystorage.settings`, `directorystorage.unsupported`, or one of
 *   the `fs.` family
 */
export async function openStorage(fs: FileSystem, directory: string): Promise<StorageDirectory> {
  for (const name of DIRECTORIES) await expectDirectory(fs, directory, name);
  const settings = await present(directory, 'config/settings', () => readSettings(fs, directory));
  const identity = await present(directory, 'config/identity', async () =>
    readSmallFile(fs, await fs.realPath(join(directory, 'config', 'identity')), 4096),
  );
  return { directory, settings, identity: identity.toString('latin1').trim() };
}

async function expectDirectory(fs: FileSystem, directory: string, name: string): Promise<void> {
  const { kind } = await present(directory, name, () => fs.stat(join(directory, name)));
  if (kind !== 'directory') throw missing(directory, `${name} is not a directory`);
}

async function present<T>(directory: string, name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) throw missing(directory, `${name} is missing`, error);
    throw error;
  }
}

function missing(directory: string, what: string, cause?: unknown): HoldfastError {
  const message = `${directory} is not a DirectoryStorage: ${what}`;
  return new HoldfastError('directorystorage.missing', message, { path: directory, cause });
}
