import { dirname, join, resolve } from 'node:path';
import { type Configuration, readConfiguration, type StorageConfig } from '@holdfast/backup';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { type HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { Context } from './context.js';

/** Which site, and places given in the place of its own. */
export interface SiteOptions {
  /** Path of a `holdfast.toml`. */
  readonly config?: string;
  readonly datafs?: string;
  readonly repository?: string;
  readonly blobStorage?: string;
  readonly blobRepository?: string;
}

/**
 * The configuration that a command works with: that of the site; where the command line names a storage or its
 * places, this one storage alone, with blobs only where they are named too.
 */
export async function findSite(context: Context, options: SiteOptions): Promise<Configuration> {
  const { config: file, datafs, repository, blobStorage, blobRepository } = options;
  const given: Given = { datafs, repository, blobStorage, blobRepository };
  const { cwd, output } = context;
  const ask = { cwd, env: process.env, ...(file === undefined ? {} : { file: resolve(cwd, file) }) };
  const isGiven = Object.values(given).some((value) => value !== undefined);
  try {
    const found = await readConfiguration(nodeFileSystem, ask);
    for (const warning of found.warnings) output.warn(`${found.file}: ${warning}`);
    return isGiven ? oneStorage(found, cwd, given) : found;
  } catch (error) {
    if (!isGiven || !isHoldfastError(error, 'configuration.missing') || file !== undefined) throw error;
    return withoutSite(context, given, error);
  }
}

type Given = { readonly [Name in Exclude<keyof SiteOptions, 'config'>]: string | undefined };

/** No site, but a command line that says everything: `--datafs`, or `--repository`, or both. */
async function withoutSite({ cwd }: Context, given: Given, cause: HoldfastError): Promise<Configuration> {
  const { datafs, repository } = given;
  if (datafs === undefined && repository === undefined) throw cause;
  const anchor = resolve(cwd, datafs ?? repository!);
  const found = await readConfiguration(nodeFileSystem, { site: dirname(anchor), cwd, env: process.env });
  return oneStorage(found, cwd, given);
}

function oneStorage(found: Configuration, cwd: string, given: Given): Configuration {
  const main = found.storages.at(-1)!;
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(cwd, path));
  const blobStorage = at(given.blobStorage);
  const repository = at(given.repository);
  const blobs =
    at(given.blobRepository) ??
    (repository === undefined ? undefined : join(dirname(repository), 'blobstoragebackups'));
  const places = (own: StorageConfig['places']['backup']) => ({
    filestorage: repository ?? own.filestorage,
    blobs: blobs ?? own.blobs,
  });
  const storage: StorageConfig = {
    name: main.name,
    datafs: at(given.datafs) ?? main.datafs,
    blobStorage,
    places: {
      backup: places(main.places.backup),
      snapshot: places(main.places.snapshot),
      zip: places(main.places.zip),
    },
    alternative: main.alternative,
  };
  return { ...found, storages: [storage] };
}
