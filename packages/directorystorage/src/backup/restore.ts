import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import {
  exists,
  type FileSystem,
  lstatIfThere,
  makeDirectories,
  nodeBulkFiles,
  nodeBulkReads,
  publishFile,
  syncFileSystem,
  throwIfCancelled,
  walk,
} from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { isInHistory, readState, type StoragePlace } from '../changes.js';
import { openStorage, type StorageDirectory } from '../open-storage.js';
import { readSettings } from '../settings.js';
import { type Archive, parseArchive } from './archive-names.js';
import { damaged } from './archive-reader.js';
import { listBackups, readIndex } from './backups-directory.js';
import { planRestore, type RestoreChoice } from './restore-plan.js';
import { isSuperuser, makeDirectory, type RestoreEngine, Unpacking } from './unpacking.js';

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
  const names = await listBackups(fs, backups);
  const archives = planRestore(names, request);
  const sequence = archives.at(-1)!.sequence;
  await expectFree(fs, target);
  await makeDirectories(fs, dirname(target));
  await warnOfNewer(engine, request, names, sequence);
  await warnOfLeftovers(engine, target);
  const nonce = randomBytes(6).toString('hex');
  const building = join(dirname(target), `.holdfast-restore-${nonce}-${basename(target)}`);
  try {
    await makeDirectory(fs, building, 0o755);
    const unpacking = new Unpacking(engine, building);
    const history = new History(fs, building);
    for (const { name, kind } of archives) {
      await unpacking.unpack(join(backups, name), kind);
      await history.goOn(join(backups, name));
    }
    await complete(fs, building);
    await makeDurable(engine, building, unpacking.files);
    if (await exists(fs, target)) await fs.removeDirectory(target);
    await fs.rename(building, target);
    await fs.syncDirectory(dirname(target));
    const storage = await openStorage(fs, target);
    return { storage, archives, sequence, files: unpacking.files };
  } catch (error) {
    await removeTree(fs, building);
    throw error;
  }
}

/** The newest backup is what is asked for where no number is given: less than that is not silently enough. */
async function warnOfNewer(
  { fs, warn }: RestoreEngine,
  { backups, prefix, sequence: wanted }: RestoreRequest,
  names: readonly string[],
  sequence: number,
): Promise<void> {
  if (wanted !== undefined || warn === undefined) return;
  const archives = names.flatMap((name) => parseArchive(name) ?? []);
  const ofPrefix = archives.filter((archive) => prefix === undefined || archive.prefix === prefix);
  const rows = prefix === undefined ? await rowsOrNone(fs, backups, names) : [];
  const newest = [...ofPrefix, ...rows].reduce((most, { sequence: number }) => Math.max(most, number), 0);
  if (newest > sequence)
    warn(
      `backup ${sequence} is restored and not backup ${newest}: there are no archives that lead from the one to the other`,
    );
}

/** A restore needs no list. */
async function rowsOrNone(fs: FileSystem, backups: string, names: readonly string[]) {
  try {
    return (await readIndex(fs, backups, names)).rows;
  } catch (error) {
    if (isHoldfastError(error)) return [];
    throw error;
  }
}

async function warnOfLeftovers({ fs, warn }: RestoreEngine, target: string): Promise<void> {
  if (warn === undefined) return;
  for (const { name } of await fs.readDirectory(dirname(target))) {
    const [, of] = /^\.holdfast-restore-[0-9a-f]{12}-(.+)$/s.exec(name) ?? [];
    if (of !== basename(target)) continue;
    const path = join(dirname(target), name);
    warn(`${path} is what a killed restore left; remove it, unless another restore is under way`);
  }
}

/** The storage as it is unpacked so far: each archive must go on from what the ones before it came to. */
class History {
  private place: StoragePlace | undefined;
  /** The last transaction after the archive before. */
  private last: string | undefined;
  private readonly bulk = nodeBulkReads();

  constructor(
    private readonly fs: FileSystem,
    private readonly directory: string,
  ) {}

  /**
   * @param archive the one that was unpacked last
   * @throws HoldfastError `directorystorage.archive`
   */
  async goOn(archive: string): Promise<void> {
    const { directory, last } = this;
    try {
      this.place ??= { directory, settings: await readSettings(this.fs, directory) };
      this.last = readState(this.bulk, this.place).serial;
      if (last === undefined || (await isInHistory(this.bulk, this.place, last))) return;
    } catch (error) {
      if (!NOT_WHOLE.some((code) => isHoldfastError(error, code))) throw error;
      const what = (error as HoldfastError).message.replaceAll(`${directory}/`, '');
      throw damaged(archive, `does not make a whole storage: ${what}`, error);
    }
    throw new HoldfastError(
      'directorystorage.archive',
      `${archive} is of another history than the archives before it, which end with transaction ${last}`,
      { path: archive, hint: 'Nothing was put in place. Restore an earlier backup: give its number.' },
    );
  }
}

const NOT_WHOLE = ['directorystorage.damaged', 'fs.not-found'] as const;

async function expectFree(fs: FileSystem, target: string): Promise<void> {
  if (!(await exists(fs, target))) {
    await expectDirectoryAbove(fs, target);
    return;
  }
  const { kind, dev } = await fs.lstat(target);
  if (kind === 'directory' && (await fs.readDirectory(target)).length === 0) {
    if ((await fs.stat(dirname(target))).dev === dev) return;
    throw new HoldfastError('fs.exists', `${target} is a mount point, and cannot be replaced`, {
      path: target,
      hint: 'Restore to a new directory below it.',
    });
  }
  throw new HoldfastError('fs.exists', `${target} is there already`, {
    path: target,
    hint: 'Restore to a new directory; move the old storage away before you put the new one in its place.',
  });
}

/** Parents that are missing are made; a file among them is in the way. */
async function expectDirectoryAbove(fs: FileSystem, target: string): Promise<void> {
  const parent = dirname(target);
  const found = await lstatIfThere(fs, parent);
  if (found === undefined) return expectDirectoryAbove(fs, parent);
  if ((found.kind === 'symlink' ? await fs.stat(parent) : found).kind === 'directory') return;
  throw new HoldfastError('fs.exists', `${parent} is not a directory: nothing can be restored below it`, {
    path: parent,
    hint: 'Give another directory.',
  });
}

/** What no archive has, for the owner of `A`. */
async function complete(fs: FileSystem, building: string): Promise<void> {
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
