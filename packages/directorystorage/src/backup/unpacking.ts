import { basename, dirname, join } from 'node:path';
import { type FileSystem, nodeBulkFiles, removeIfThere, writeAll } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import type { Archive } from './archive-names.js';
import { type ArchiveEntry, damaged, readArchive } from './archive-reader.js';
import type { FilesProgress } from './backup.js';

export interface RestoreEngine {
  readonly fs: FileSystem;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FilesProgress) => void) | undefined;
  /** What the user should know, in a sentence, though it stops nothing. */
  readonly warn?: ((text: string) => void) | undefined;
}

/** Those that every storage has, and that may be links. */
const MAIN_DIRECTORIES: readonly string[] = ['A', 'B', 'backups', 'config', 'journal', 'misc'];

/** Unpacks archives, one over the other, into a directory that nobody else writes to. */
export class Unpacking {
  /** Files that were written, each counted as often as an archive had it. */
  files = 0;
  private bytes = 0;
  /** Directories that this made: no other can be there, and no link. */
  private readonly made = new Set<string>();

  constructor(
    private readonly engine: RestoreEngine,
    private readonly root: string,
  ) {}

  async unpack(archive: string, kind: Archive['kind']): Promise<void> {
    for await (const entry of readArchive(this.engine.fs, archive, this.engine.signal)) {
      const [top = '', ...below] = entry.name.split('/');
      const belongs =
        below.length === 0
          ? kind === 'full'
          : top === 'A' || (kind === 'full' && top === 'config' && below.length === 1);
      if (!belongs) throw damaged(archive, `holds ${entry.name}, which does not belong in it`);
      if (entry.kind === 'link') await this.link(entry, archive, top === 'A' && below.length > 0);
      else if (entry.kind === 'directory') await this.directory(entry.name, entry, entry.mode);
      else await this.file(entry, archive, kind);
    }
  }

  /**
   * DirectoryStorage's own tool backs up a link of the top and of `config` as a link. Where it leads to, nothing is of this
   * storage: a directory of its own comes back in place of a main one, and nothing in place of another.
   */
  private async link(entry: ArchiveEntry, archive: string, isInMain: boolean): Promise<void> {
    const { name } = entry;
    if (isInMain) throw damaged(archive, `holds a link under the name ${name}`);
    const isMain = MAIN_DIRECTORIES.includes(name);
    if (isMain) await this.directory(name, entry);
    const instead = isMain ? 'a directory is made in its place' : 'it is left out';
    this.engine.warn?.(`${name} is a link in ${archive}: ${instead}`);
  }

  /** A directory that no archive has belongs to the owner of the first file in it. */
  private async directory(name: string, { uid, gid }: Owner, mode = 0o755): Promise<void> {
    if (this.made.has(name)) return;
    const parent = dirname(name);
    if (parent !== '.') await this.directory(parent, { uid, gid });
    await makeDirectory(this.engine.fs, join(this.root, name), mode | 0o700, { uid, gid });
    this.made.add(name);
  }

  private async file(entry: ArchiveEntry, archive: string, kind: Archive['kind']): Promise<void> {
    const { fs } = this.engine;
    const path = join(this.root, entry.name);
    const parent = dirname(entry.name);
    if (parent !== '.') await this.directory(parent, entry);
    if (kind === 'increment') await removeIfThere(fs, path);
    const file = await create(fs, path, archive);
    try {
      let size = 0;
      for await (const chunk of entry.content) {
        await writeAll(file, chunk, size);
        size += chunk.length;
      }
      if (size !== entry.size) throw damaged(archive, `ends within ${entry.name}`);
      if (isSuperuser()) await file.chown(entry.uid, entry.gid);
      await file.chmod(entry.mode);
      await file.utimes(entry.mtimeMs, entry.mtimeMs);
    } finally {
      await file.close();
    }
    this.files += 1;
    this.bytes += entry.size;
    this.engine.onProgress?.({ files: this.files, bytes: this.bytes });
  }
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The mode also against the umask; the owner where this is the superuser, who alone can give things away. */
export async function makeDirectory(
  fs: FileSystem,
  path: string,
  mode: number,
  owner?: Owner,
): Promise<void> {
  await fs.makeDirectory(path, mode);
  nodeBulkFiles.chmod(path, mode);
  if (owner !== undefined && isSuperuser()) nodeBulkFiles.chown(path, owner.uid, owner.gid);
}

export function isSuperuser(): boolean {
  return process.geteuid?.() === 0;
}

async function create(fs: FileSystem, path: string, archive: string) {
  try {
    return await fs.create(path, 0o600);
  } catch (error) {
    if (isHoldfastError(error, 'fs.exists')) throw damaged(archive, `holds ${basename(path)} twice`, error);
    throw error;
  }
}
