import { basename, dirname, join, resolve } from 'node:path';
import { exists, type FileStat, type FileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';

export const FILE_NAME = 'holdfast.toml';

/** Where a site's things are, when nothing else is said: the places of collective.recipe.backup. */
export const VAR = 'var';
export const FILESTORAGE = 'var/filestorage';
const REPOSITORY = 'var/backups';

export interface Found {
  /** Undefined: the site has none. */
  readonly file: string | undefined;
  /** The site's directory, unless the file says another. */
  readonly site: string;
}

/**
 * The configuration and the site that a directory belongs to: the nearest directory, from `cwd` up, that has a
 * `holdfast.toml`, an `etc/holdfast.toml` beside a `var`, or the places of a site.
 *
 * @throws HoldfastError `configuration.missing` where there is neither, `configuration.not-trusted`
 */
export async function findConfiguration(fs: FileSystem, cwd: string): Promise<Found> {
  for (let at = resolve(cwd); ; at = dirname(at)) {
    const found =
      (await fileIn(fs, at)) ?? ((await isSite(fs, at)) ? { file: undefined, site: at } : undefined);
    if (found !== undefined) return found;
    if (dirname(at) === at) break;
  }
  throw new HoldfastError(
    'configuration.missing',
    `no site found: neither ${cwd} nor a directory above it has a holdfast.toml, var/filestorage or var/backups`,
    { path: cwd },
  );
}

async function fileIn(fs: FileSystem, directory: string): Promise<Found | undefined> {
  const file = join(directory, FILE_NAME);
  if (await exists(fs, file)) return { file, site: directory };
  const beside = join(directory, 'etc', FILE_NAME);
  const there = (await exists(fs, beside)) && (await exists(fs, join(directory, VAR)));
  return there ? { file: beside, site: directory } : undefined;
}

async function isSite(fs: FileSystem, directory: string): Promise<boolean> {
  if (await exists(fs, join(directory, FILESTORAGE))) return true;
  // Debian keeps other things in /var/backups: that alone makes / no site.
  return dirname(directory) !== directory && (await exists(fs, join(directory, REPOSITORY)));
}

/** The site of a file that was given: the directory it is in, or the one above its `etc`. */
export async function siteOfFile(fs: FileSystem, file: string): Promise<string> {
  const directory = dirname(file);
  const above = dirname(directory);
  return basename(directory) === 'etc' && (await exists(fs, join(above, VAR))) ? above : directory;
}

/**
 * Its commands are run: so a file that nobody named must belong to whoever runs Holdfast, or to root, and not be
 * writable by everybody.
 *
 * @param given the user named it: then only its mode counts
 * @throws HoldfastError `configuration.not-trusted`
 */
export function needTrusted(file: string, { uid, mode }: FileStat, given: boolean): void {
  const self = process.getuid?.() ?? uid;
  if ((mode & 0o002) !== 0)
    throw new HoldfastError('configuration.not-trusted', `everybody can write ${file}`, {
      path: file,
      hint: `Commands in it are run, so take that right away: chmod o-w ${file}`,
    });
  if (!given && uid !== 0 && uid !== self)
    throw new HoldfastError('configuration.not-trusted', `${file} belongs to another user (uid ${uid})`, {
      path: file,
    });
}
