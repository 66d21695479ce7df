import { dirname, join, resolve } from 'node:path';
import { exists, type FileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';

/** Where a site keeps things when nothing else is said: the places of collective.recipe.backup (docs/cli.md, "Places"). */
const DATAFS = 'var/filestorage/Data.fs';
const REPOSITORY = 'var/backups';

export interface Places {
  readonly datafs: string;
  readonly repository: string;
}

/** The directory of the site: this one or the nearest above it that has a `var/filestorage` or `var/backups`. */
export async function findSite(fs: FileSystem, from: string): Promise<string | undefined> {
  for (let at = resolve(from); ; at = dirname(at)) {
    if ((await exists(fs, join(at, dirname(DATAFS)))) || (await exists(fs, join(at, REPOSITORY)))) return at;
    if (dirname(at) === at) return undefined;
  }
}

export interface GivenPlaces {
  readonly datafs?: string | undefined;
  readonly repository?: string | undefined;
}

/** The storage and its repository: as given, else those of the site that `from` lies in. */
export async function findPlaces(fs: FileSystem, from: string, given: GivenPlaces): Promise<Places> {
  const site =
    given.datafs !== undefined && given.repository !== undefined ? undefined : await findSite(fs, from);
  return {
    datafs: given.datafs ?? join(need(site, from, '--datafs FILE'), DATAFS),
    repository: given.repository ?? join(need(site, from, '--repository DIR'), REPOSITORY),
  };
}

/** The repository alone, for commands that read no storage. */
export async function findRepository(
  fs: FileSystem,
  from: string,
  given: string | undefined,
): Promise<string> {
  return given ?? join(need(await findSite(fs, from), from, '--repository DIR'), REPOSITORY);
}

function need(site: string | undefined, from: string, option: string): string {
  if (site !== undefined) return site;
  const message = `no site found: neither ${from} nor a directory above it has var/filestorage or var/backups`;
  throw new HoldfastError('usage', message, {
    path: from,
    hint: `Run the command in the site's directory, or give ${option}.`,
  });
}
