import { join } from 'node:path';
import type { BulkReads, FileSystem } from '@holdfast/durable-fs';
import { changedFiles } from '../changes.js';
import { isDeleted, isMark } from '../names.js';
import type { StorageDirectory } from '../open-storage.js';
import type { ArchiveWriter } from './archive-writer.js';

/** What every full backup holds of the top of a storage; `misc` and the others come back empty. */
export async function addTop(fs: FileSystem, archive: ArchiveWriter, directory: string): Promise<void> {
  for (const { name, kind } of await sorted(fs, directory)) {
    // Main directories may be links to elsewhere; they come back as directories.
    const stat =
      kind === 'symlink' ? await fs.stat(join(directory, name)) : await fs.lstat(join(directory, name));
    if (stat.kind === 'directory') await archive.addDirectory(name, stat);
    else if (kind === 'file') await archive.addFile(name);
  }
  for (const { name, kind } of await sorted(fs, join(directory, 'config'))) {
    if (kind === 'file') await archive.addFile(`config/${name}`);
  }
}

async function sorted(fs: FileSystem, directory: string) {
  const entries = (await fs.readDirectory(directory)).filter(({ name }) => !name.startsWith('.holdfast-'));
  return [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The files of `A`, without those that wait to be deleted and without marks. */
function* filesOfMain(bulk: BulkReads, directory: string, below = 'A'): Generator<string> {
  for (const { name, kind } of bulk.entries(join(directory, below))) {
    const path = `${below}/${name}`;
    if (kind === 'directory') yield* filesOfMain(bulk, directory, path);
    else if (kind === 'file' && !isDeleted(name) && !isMark(name)) yield path;
  }
}

export type Contents = { readonly kind: 'full' } | { readonly kind: 'increment'; readonly since: string };

/** The files of an archive, but for the top. */
export function filesOf(bulk: BulkReads, storage: StorageDirectory, contents: Contents): Iterable<string> {
  return contents.kind === 'full'
    ? filesOfMain(bulk, storage.directory)
    : changedFiles(bulk, storage, contents.since);
}
