import { dirname, join, resolve } from 'node:path';
import { exists, type FileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';

/** Where a site keeps things when nothing else is said: the places of collective.recipe.backup (docs/cli.md, "Places"). */
const DATAFS = 'var/filestorage/Data.fs';
const REPOSITORY = 'var/backups';

/** Both are absolute. */
export interface Places {
  readonly datafs: string;
  readonly repository: string;
}

/** The directory of the site: this one or the nearest above it that has a `var/filestorage` or `var/backups`. */
export async function findSite(fs: FileSystem, from: string): Promise<string | undefined> {
  for (let at = resolve(from); ; at = dirname(at)) {
    const root = dirname(at) === at;
    if (await exists(fs, join(at, dirname(DATAFS)))) return at;
    // Debian keeps other things in /var/backups: that alone makes / no site.
    if (root) return undefined;
    if (await exists(fs, join(at, REPOSITORY))) return at;
  }
}

export interface GivenPlaces {
  readonly datafs?: string | undefined;
  readonly repository?: string | undefined;
}

/** The storage and its repository: as given, else those of the site that `from` lies in. */
export async function findPlaces(fs: FileSystem, from: string, given: GivenPlaces): Promise<Places> {
  return {
    datafs: await findDatafs(fs, from, given.datafs),
    repository: await findRepository(fs, from, given.repository),
  };
}

export async function findDatafs(fs: FileSystem, from: string, given: string | undefined): Promise<string> {
  if (given !== undefined) return resolve(from, given);
  return join(await needSite(fs, from, '--datafs FILE'), DATAFS);
}

export async function findRepository(
  fs: FileSystem,
  from: string,
  given: string | undefined,
): Promise<string> {
  if (given !== undefined) return resolve(from, given);
  return join(await needSite(fs, from, '--repository DIR'), REPOSITORY);
}

async function needSite(fs: FileSystem, from: string, option: string): Promise<string> {
  const site = await findSite(fs, from);
  if (site !== undefined) return site;
  const message = `no site found: neither ${from} nor a directory above it has var/filestorage or var/backups`;
  throw new HoldfastError('usage', message, {
    path: from,
    hint: `Run the command in the site's directory, or give ${option}.`,
  });
}
