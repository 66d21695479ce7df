import { join } from 'node:path';
import { exists, type FileSystem, throwIfCancelled, walk } from '@holdfast/durable-fs';
import type { DirectAccess } from './direct-access.js';
import { strangeEntry } from './journal-plan.js';
import { isMark } from './names.js';
import type { StorageDirectory } from './open-storage.js';

/**
 * Looks whether all of `B` can be moved: files and directories only.
 *
 * @throws HoldfastError `directorystorage.journal`
 */
export async function planSecondary(fs: FileSystem, secondary: string, signal?: AbortSignal): Promise<void> {
  for await (const { kind, path } of walk(fs, secondary)) {
    throwIfCancelled(signal);
    if (kind !== 'file' && kind !== 'directory') throw strangeEntry(secondary, path);
  }
}

export async function isEmptyTree(fs: FileSystem, path: string): Promise<boolean> {
  return (await fs.readDirectory(path)).length === 0;
}

/**
 * Moves what is in `B` over what is in `A`, and takes the emptied directories of `B` away. Directories that `A` has not
 * are moved whole, with their owner and mode.
 *
 * @returns how many files and whole directories were moved
 */
export async function recombine(engine: DirectAccess, storage: StorageDirectory): Promise<number> {
  return new Recombination(engine, storage).combine('');
}

class Recombination {
  private readonly fs: FileSystem;

  constructor(
    private readonly engine: DirectAccess,
    private readonly storage: StorageDirectory,
  ) {
    this.fs = engine.fs;
  }

  async combine(below: string): Promise<number> {
    const from = join(this.storage.directory, 'B', below);
    const to = join(this.storage.directory, 'A', below);
    const entries = await this.fs.readDirectory(from);
    let moved = 0;
    for (const { name, kind } of entries) {
      throwIfCancelled(this.engine.signal);
      if (kind === 'directory' && (await exists(this.fs, join(to, name)))) {
        moved += await this.combine(join(below, name));
        await this.fs.removeDirectory(join(from, name));
      } else if (isMark(name)) {
        await this.fs.unlink(join(from, name));
      } else {
        await this.fs.rename(join(from, name), join(to, name));
        moved += 1;
      }
    }
    if (entries.length > 0) await this.sync(to, from);
    return moved;
  }

  /** New names before old ones: whatever the power leaves, a file has at least one. */
  private async sync(...paths: readonly string[]): Promise<void> {
    if (!this.storage.settings.syncDirectories) return;
    for (const path of paths) await this.fs.syncDirectory(path);
  }
}
