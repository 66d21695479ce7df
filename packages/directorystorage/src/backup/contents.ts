import { join } from 'node:path';
import type { BulkReads, FileStat, FileSystem } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { changedFiles } from '../changes.js';
import { isDeleted, isMark } from '../names.js';
import type { StorageDirectory } from '../open-storage.js';
import type { ArchiveWriter } from './archive-writer.js';

/** What is left out of a backup is told, in a sentence. */
type Warn = ((text: string) => void) | undefined;

/**
 * What every full backup holds of the top of a storage; `misc` and the others come back empty. A link to a directory
 * comes back as a directory, one in `config` to a file as that file.
 */
export async function addTop(
  fs: FileSystem,
  archive: ArchiveWriter,
  directory: string,
  warn: Warn,
): Promise<void> {
  for await (const { name, path, kind, stat } of entriesOf(fs, directory, warn)) {
    // Main directories may be links to elsewhere; they come back as directories.
    if (stat.kind === 'directory') await archive.addDirectory(name, stat);
    else if (kind === 'file') await archive.addFile(name);
    else warn?.(`${path} is not backed up: it is neither a file nor a directory`);
  }
  for await (const { name, path, stat } of entriesOf(fs, join(directory, 'config'), warn)) {
    if (stat.kind === 'file') await archive.addFile(`config/${name}`, await fs.realPath(path));
    else warn?.(`${path} is not backed up: of config only files are`);
  }
}

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly kind: FileStat['kind'];
  /** Of what it leads to. */
  readonly stat: FileStat;
}

async function* entriesOf(fs: FileSystem, directory: string, warn: Warn): AsyncGenerator<Entry> {
  const entries = (await fs.readDirectory(directory)).filter(({ name }) => !name.startsWith('.holdfast-'));
  for (const { name, kind } of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, name);
    const stat = await behind(fs, path);
    if (stat !== undefined) yield { name, path, kind, stat };
    else warn?.(`${path} is not backed up: ${kind === 'symlink' ? 'it is a link that leads nowhere' : GONE}`);
  }
}

async function behind(fs: FileSystem, path: string): Promise<FileStat | undefined> {
  try {
    return await fs.stat(path);
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found') || isHoldfastError(error, 'fs.not-a-regular-file'))
      return undefined;
    throw error;
  }
}

const GONE = 'it cannot be found, as its name is not UTF-8 or it was just removed';

/**
 * The files of `A`, without those that wait to be deleted and without marks.
 *
 * @throws HoldfastError `directorystorage.damaged` for a link, pipe or device
 */
function* filesOfMain(bulk: BulkReads, directory: string, warn: Warn, below = 'A'): Generator<string> {
  for (const { name, kind } of bulk.entries(join(directory, below))) {
    const path = `${below}/${name}`;
    if (kind !== 'directory' && (isDeleted(name) || isMark(name))) continue;
    // No file of the database has such a name.
    if (name.includes('\ufffd') && bulk.lstat(join(directory, path)) === undefined)
      warn?.(`${join(directory, path)} is not backed up: ${GONE}`);
    else if (kind === 'directory') yield* filesOfMain(bulk, directory, warn, path);
    else if (kind === 'file') yield path;
    else throw notAFile(join(directory, path));
  }
}

function notAFile(path: string): HoldfastError {
  const message = `${path} is neither a file nor a directory: a backup would lack what belongs there`;
  return new HoldfastError('directorystorage.damaged', message, {
    path,
    hint: 'In A nothing may be a link: put what it leads to in its place. A itself may be one.',
  });
}

export type Contents = { readonly kind: 'full' } | { readonly kind: 'increment'; readonly since: string };

/** The files of an archive, but for the top. */
export function filesOf(
  bulk: BulkReads,
  storage: StorageDirectory,
  contents: Contents,
  warn: Warn,
): Iterable<string> {
  return contents.kind === 'full'
    ? filesOfMain(bulk, storage.directory, warn)
    : changedFiles(bulk, storage, contents.since, 'in-history');
}
