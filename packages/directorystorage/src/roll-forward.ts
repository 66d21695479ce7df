import { dirname, join } from 'node:path';
import {
  exists,
  type FileStat,
  type FileSystem,
  nodeBulkFiles,
  throwIfCancelled,
} from '@holdfast/durable-fs';
import type { DirectAccess } from './direct-access.js';
import { pathOf } from './layout.js';
import { isMark } from './names.js';
import type { StorageDirectory } from './open-storage.js';

/** Directories whose names are synced together; more than a journal usually touches. */
const SYNC_AT = 4096;

/**
 * Moves the files of finished transactions to their places in `A`, oldest transaction first, and takes their
 * directories away. Where several transactions hold one name, the last one's file stays.
 *
 * @param done directories of `journal`, in order
 */
export async function rollForward(
  engine: DirectAccess,
  storage: StorageDirectory,
  done: readonly string[],
): Promise<void> {
  const roll = new Roll(engine.fs, storage);
  for (const name of done) {
    throwIfCancelled(engine.signal);
    await roll.move(name);
  }
  await roll.sync();
  for (const name of done) await engine.fs.removeDirectory(join(storage.directory, 'journal', name));
  await syncJournal(engine.fs, storage, done);
}

/** Removes the directories of transactions that were never finished. */
export async function removeAbandoned(
  { fs }: DirectAccess,
  storage: StorageDirectory,
  abandoned: readonly string[],
): Promise<void> {
  for (const name of abandoned) {
    const path = join(storage.directory, 'journal', name);
    for (const file of await fs.readDirectory(path)) await fs.unlink(join(path, file.name));
    await fs.removeDirectory(path);
  }
  await syncJournal(fs, storage, abandoned);
}

async function syncJournal(
  fs: FileSystem,
  { directory, settings }: StorageDirectory,
  removed: readonly string[],
): Promise<void> {
  if (removed.length > 0 && settings.syncDirectories) await fs.syncDirectory(join(directory, 'journal'));
}

class Roll {
  /** Directories of `A` that exist. */
  private readonly known = new Set<string>();
  /** Directories with new names that are not durable yet. */
  private readonly changed = new Set<string>();
  private readonly main: string;

  constructor(
    private readonly fs: FileSystem,
    private readonly storage: StorageDirectory,
  ) {
    this.main = join(storage.directory, 'A');
    this.known.add(this.main);
  }

  async move(transaction: string): Promise<void> {
    const from = join(this.storage.directory, 'journal', transaction);
    for (const { name } of await this.fs.readDirectory(from)) {
      if (isMark(name)) await this.fs.unlink(join(from, name));
      else await this.place(join(from, name), join(this.main, pathOf(this.storage.settings.format, name)));
    }
    this.changed.add(from);
    if (this.changed.size >= SYNC_AT) await this.sync();
  }

  async sync(): Promise<void> {
    if (this.storage.settings.syncDirectories) {
      for (const path of this.changed) await this.fs.syncDirectory(path);
    }
    this.changed.clear();
    this.known.clear();
    this.known.add(this.main);
  }

  private async place(from: string, to: string): Promise<void> {
    const parent = dirname(to);
    await this.makeDirectory(parent);
    await this.fs.rename(from, to);
    this.changed.add(parent);
  }

  /** Like the directory above it: the storage's user and group must get at what a superuser makes. */
  private async makeDirectory(path: string): Promise<void> {
    if (this.known.has(path)) return;
    const parent = dirname(path);
    const there = await exists(this.fs, path);
    if (!there) {
      await this.makeDirectory(parent);
      await this.fs.makeDirectory(path, (await this.fs.stat(parent)).mode & 0o777);
      this.changed.add(parent);
    }
    const above = await this.fs.stat(parent);
    const { uid } = await this.fs.stat(path);
    // One that belongs to the superuser below one that does not was made by a run that was killed right here.
    if (!there || (uid === 0 && above.uid !== 0)) makeLike(path, above);
    this.known.add(path);
  }
}

/** The mode also against the umask. */
function makeLike(path: string, { mode, uid, gid }: FileStat): void {
  nodeBulkFiles.chmod(path, mode & 0o777);
  if (process.geteuid?.() === 0) nodeBulkFiles.chown(path, uid, gid);
}
