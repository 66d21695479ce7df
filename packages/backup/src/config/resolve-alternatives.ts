import type { Places, StorageConfig } from '../config.js';
import type { PathReader } from './path-reader.js';
import type { Problem } from './problem.js';
import { MAIN, storageNamed } from './resolve-storages.js';
import type { Values } from './schema.js';
import type { Sources } from './values.js';

const OPTION = ['alternative_restore_source'];

interface Source {
  /** As written: `Data`, `1`, or the name of an additional storage. */
  readonly key: string;
  readonly filestorage: string;
  readonly blobs: string | undefined;
}

/**
 * Where `altrestore` takes each storage from. Where there is one source, every storage must have one.
 *
 * @returns the storages with their alternatives
 */
export function withAlternatives(
  storages: readonly StorageConfig[],
  values: Values,
  reader: PathReader,
  site: string,
): readonly StorageConfig[] {
  const given = values.alternative_restore_source;
  const sources = given === undefined ? [] : sourcesOf(given, reader);
  if (sources.length === 0) return storages;
  const found = new Map<string, Places>();
  for (const { key, filestorage, blobs } of sources) {
    const name = storageNamed(key);
    if (!storages.some((storage) => storage.name === name))
      reader.problem(OPTION, `there is no storage "${key}"; there are ${namesOf(storages)}`);
    else if (found.has(name))
      reader.problem(OPTION, `the storage "${key}" is there twice ("1" and "Data" are the main one)`);
    found.set(name, {
      filestorage: reader.read(OPTION, filestorage, site),
      blobs: blobs === undefined ? '' : reader.read(OPTION, blobs, site),
    });
  }
  for (const { name } of storages)
    if (!found.has(name))
      reader.problem(OPTION, `has no source for the storage "${name === MAIN ? 'Data' : name}"`);
  return storages.map((storage) => ({ ...storage, alternative: found.get(storage.name) }));
}

function sourcesOf(sources: Sources, reader: PathReader): readonly Source[] {
  const rows =
    'lines' in sources
      ? sources.lines.map((line) => line.split(/\s+/))
      : Object.entries(sources.table).map(([key, paths]) => [key, ...paths]);
  return rows.flatMap(([key = '', filestorage = '', blobs, ...rest]) => {
    if (filestorage !== '' && rest.length === 0) return [{ key, filestorage, blobs }];
    const message = `the source "${key}" must be a filestorage backup's directory and, for blobs, one more; for paths with blanks write it as a table`;
    reader.problem(OPTION, message);
    return [];
  });
}

const namesOf = (storages: readonly StorageConfig[]) =>
  storages.map(({ name }) => (name === MAIN ? 'Data' : name)).join(', ');

/** Blobs that an alternative has and the storage has not, or the other way round. */
export function alternativeProblems(
  storages: readonly StorageConfig[],
  backupBlobs: boolean,
): readonly Problem[] {
  return storages.flatMap(({ name, blobStorage, alternative }): readonly Problem[] => {
    if (alternative === undefined) return [];
    const key = name === MAIN ? 'Data' : name;
    if (blobStorage !== undefined && backupBlobs && alternative.blobs === '')
      return [{ path: OPTION, message: `the source "${key}" has no directory of blob backups` }];
    if (blobStorage === undefined && backupBlobs && alternative.blobs !== '')
      return [
        { path: OPTION, message: `the source "${key}" has blobs, but the storage has no blob_storage` },
      ];
    return [];
  });
}
