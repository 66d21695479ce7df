import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Configuration, StorageConfig } from '../config.js';
import { placeProblems } from './check-places.js';
import { PathReader } from './path-reader.js';
import type { Problem } from './problem.js';
import { alternativeProblems, withAlternatives } from './resolve-alternatives.js';
import { idleOptions, optionProblems, resolveOptions } from './resolve-options.js';
import { MAIN, resolveStorages } from './resolve-storages.js';
import type { Values } from './schema.js';

export interface ResolveContext {
  readonly file: string | undefined;
  /** The site's directory, unless the values say another. */
  readonly site: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Resolved {
  readonly configuration: Configuration;
  readonly problems: readonly Problem[];
  /** Options that are set and do nothing. */
  readonly idle: readonly Problem[];
}

/** Values -> a configuration with every path absolute. No I/O; the places are checked by `checkConfiguration`. */
export function resolveConfiguration(values: Values, { file, site: found, env }: ResolveContext): Resolved {
  const context = { env, home: env.HOME ?? homedir() };
  const reader = new PathReader(context);
  const base = file === undefined ? found : dirname(file);
  const site = values.site === undefined ? found : reader.read(['site'], values.site, base);
  const name = values.name ?? 'backup';
  const options = resolveOptions(values);
  const plain = resolveStorages(values, reader, { site, name });
  const storages = withAlternatives(plain, values, reader, site);
  return {
    configuration: { file, site, name, storages, options, warnings: [] },
    problems: [...reader.problems, ...optionProblems(options, values)],
    idle: idleOptions(options, values),
  };
}

/** Where the main storage's blobs are, when nothing is said. */
const BLOB_STORAGE = 'var/blobstorage';

const mainOf = ({ storages }: Configuration): StorageConfig | undefined =>
  storages.find(({ name }) => name === MAIN);

/**
 * Paths of which one existing tells that the main storage has blobs, although `blob_storage` is not set: the usual
 * place, or backups of blobs (a disk that is not mounted must not look like a site without blobs). Undefined: it is
 * set, or cannot matter.
 */
export function signsOfBlobs(configuration: Configuration): readonly string[] | undefined {
  const main = mainOf(configuration);
  if (main === undefined || main.blobStorage !== undefined || !configuration.options.backupBlobs)
    return undefined;
  const { backup, snapshot, zip } = main.places;
  return [join(configuration.site, BLOB_STORAGE), backup.blobs, snapshot.blobs, zip.blobs];
}

export function withUsualBlobs(configuration: Configuration): Configuration {
  const storages = configuration.storages.map((storage) =>
    storage.name === MAIN ? { ...storage, blobStorage: join(configuration.site, BLOB_STORAGE) } : storage,
  );
  return { ...configuration, storages };
}

/** What does not fit together, when all is known. @param values what the user set */
export function checkConfiguration({ storages, options }: Configuration, values: Values): readonly Problem[] {
  const problems = [...placeProblems(storages), ...alternativeProblems(storages, options.backupBlobs)];
  if (storages.some(({ blobStorage }) => blobStorage !== undefined) || !options.backupBlobs) return problems;
  const asking = (['only_blobs', 'backup_blobs', 'enable_zipbackup'] as const).filter(
    (option) => values[option] === true,
  );
  const message = `is true, but there is no blob storage: set blob_storage (${BLOB_STORAGE} is not there)`;
  return [...problems, ...asking.map((option) => ({ path: [option], message }))];
}
