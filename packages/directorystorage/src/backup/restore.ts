import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import {
  exists,
  type FileSystem,
  makeDirectories,
  nodeBulkFiles,
  publishFile,
  removeIfThere,
  syncFileSystem,
  throwIfCancelled,
  walk,
  writeAll,
} from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { openStorage, type StorageDirectory } from '../open-storage.js';
import type { Archive } from './archive-names.js';
import { type ArchiveEntry, damaged, readArchive } from './archive-reader.js';
import { type FilesProgress, listBackups } from './backup.js';
import { planRestore, type RestoreChoice } from './restore-plan.js';

export interface RestoreEngine {
  readonly fs: FileSystem;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FilesProgress) => void) | undefined;
}

export interface RestoreRequest extends RestoreChoice {
  /** The directory with the archives. */
  readonly backups: string;
  /** The storage to make; nothing may be there, or an empty directory. */
  readonly target: string;
}

export interface RestoreReport {
  readonly storage: StorageDirectory;
  /** Those that were unpacked, in order. */
  readonly archives: readonly Archive[];
  readonly sequence: number;
  /** Files that were written, each counted as often as an archive had it. */
  readonly files: number;
}

/** What a storage has and no archive brings files into. */
const EMPTY_DIRECTORIES = ['B', 'journal', 'misc'] as const;
const MANY = 1000;
const REQUIRED = ['A', 'config'] as const;

/**
 * Makes a storage out of its archives. It is built beside the target and takes its name when it is whole and durable; what
 * fails before leaves nothing behind, and a killed one a directory `.holdfast-restore-…`, which can be removed.
 *
 * The storage comes back closed tidily.
 *
 * @throws HoldfastError `repository.missing`, `repository.no-backup`, `directorystorage.archive`, `fs.exists`, `cancelled`, or
 *   others of the `fs.` family
 */
export async function restoreStorage(engine: RestoreEngine, request: RestoreRequest): Promise<RestoreReport> {
  const { fs } = engine;
  const { backups, target } = request;
  const archives = planRestore(await listBackups(fs, backups), request);
  await expectFree(fs, target);
  await makeDirectories(fs, dirname(target));
  const nonce = randomBytes(6).toString('hex');
  const building = join(dirname(target), `.holdfast-restore-${nonce}-${basename(target)}`);
  try {
    await makeDirectory(fs, building, 0o755);
    const unpacking = new Unpacking(engine, building);
    for (const archive of archives) await unpacking.unpack(join(backups, archive.name), archive.kind);
    await complete(fs, building);
    await makeDurable(engine, building, unpacking.files);
    if (await exists(fs, target)) await fs.removeDirectory(target);
    await fs.rename(building, target);
    await fs.syncDirectory(dirname(target));
    const storage = await openStorage(fs, target);
    return { storage, archives, sequence: archives.at(-1)!.sequence, files: unpacking.files };
  } catch (error) {
    await removeTree(fs, building);
    throw error;
  }
}

async function expectFree(fs: FileSystem, target: string): Promise<void> {
  if (!(await exists(fs, target))) return;
  const { kind } = await fs.lstat(target);
  if (kind === 'directory' && (await fs.readDirectory(target)).length === 0) return;
  throw new HoldfastError('fs.exists', `${target} is there already`, {
    path: target,
    hint: 'Restore to a new directory; move the old storage away before you put the new one in its place.',
  });
}

class Unpacking {
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
      if (entry.kind === 'directory') await this.directory(entry.name, entry, entry.mode);
      else await this.file(entry, archive, kind);
    }
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
async function makeDirectory(fs: FileSystem, path: string, mode: number, owner?: Owner): Promise<void> {
  await fs.makeDirectory(path, mode);
  nodeBulkFiles.chmod(path, mode);
  if (owner !== undefined && isSuperuser()) nodeBulkFiles.chown(path, owner.uid, owner.gid);
}

function isSuperuser(): boolean {
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

/** What no archive has, for the owner of `A`. */
async function complete(fs: FileSystem, building: string): Promise<void> {
  for (const name of REQUIRED) {
    if (!(await exists(fs, join(building, name))))
      throw damaged(building, `has no ${name} after all archives`);
  }
  const owner = await fs.stat(join(building, 'A'));
  for (const name of EMPTY_DIRECTORIES) {
    const path = join(building, name);
    if (!(await exists(fs, path))) await makeDirectory(fs, path, 0o755, owner);
  }
  await openStorage(fs, building);
  await publishFile(fs, join(building, 'misc', 'snapshot'), 'shutdown', {
    mode: 0o640,
    owner: isSuperuser() ? { uid: owner.uid, gid: owner.gid } : undefined,
  });
  if (isSuperuser()) nodeBulkFiles.chown(building, owner.uid, owner.gid);
}

/** Many files at once where the system can; the others of the file system are waited for, too. */
async function makeDurable(engine: RestoreEngine, building: string, files: number): Promise<void> {
  if (files >= MANY && (await syncFileSystem(building))) return;
  await syncAll(engine, building);
}

async function syncAll({ fs, signal }: RestoreEngine, building: string): Promise<void> {
  for await (const { path, kind } of walk(fs, building)) {
    throwIfCancelled(signal);
    if (kind === 'directory') await fs.syncDirectory(join(building, path));
    else await syncFile(fs, join(building, path));
  }
  await fs.syncDirectory(building);
}

async function syncFile(fs: FileSystem, path: string): Promise<void> {
  const file = await fs.openRead(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function removeTree(fs: FileSystem, path: string): Promise<void> {
  if (!(await exists(fs, path))) return;
  for (const { name, kind } of await fs.readDirectory(path)) {
    if (kind === 'directory') await removeTree(fs, join(path, name));
    else await fs.unlink(join(path, name));
  }
  await fs.removeDirectory(path);
}
