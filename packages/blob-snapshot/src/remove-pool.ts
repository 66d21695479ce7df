import { join } from 'node:path';
import { removeIfThere } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { BlobBackup } from './blob-backup.js';
import { Breather } from './breathe.js';
import type { BlobEngine } from './engine.js';
import { contentOf, manifestsOf } from './entries.js';
import { parentPath, readManifestLines, readManifests } from './manifest.js';

/**
 * Removes the newest state of a tree that others share: its manifest first, then the files that it alone has. Killed
 * between the two, files are left in the tree that no state names: they go with the tree, or serve a later state.
 */
export async function removePoolState(engine: BlobEngine, state: BlobBackup): Promise<void> {
  const manifest = state.manifest!;
  const own = await ownFiles(engine, state);
  await removeIfThere(engine.fs, manifest);
  await engine.fs.syncDirectory(state.path);
  const breather = new Breather(engine.signal);
  const content = contentOf(state);
  const directories = new RealDirectories(engine, content);
  for (const path of own) {
    await breather.breathe();
    if (directories.holds(path)) unlinkIfThere(engine, join(content, path));
  }
}

/** Keeps a removal inside the tree: nothing behind a link that somebody put there is removed. */
class RealDirectories {
  private readonly known = new Map<string, boolean>();

  constructor(
    private readonly engine: BlobEngine,
    private readonly root: string,
  ) {}

  /** Whether every directory on the way to an entry is one. */
  holds(path: string): boolean {
    const directory = parentPath(path);
    if (directory === undefined) return true;
    const known = this.known.get(directory);
    if (known !== undefined) return known;
    const real = this.holds(directory) && this.isDirectory(directory);
    this.known.set(directory, real);
    return real;
  }

  private isDirectory(path: string): boolean {
    try {
      return this.engine.bulk.lstat(join(this.root, path)).kind === 'directory';
    } catch (error) {
      if (isHoldfastError(error, 'fs.not-found')) return false;
      throw error;
    }
  }
}

/** Files that the state names and none before it does. Of a manifest that cannot be believed, none. */
async function ownFiles(engine: BlobEngine, state: BlobBackup): Promise<ReadonlySet<string>> {
  const own = new Set<string>();
  try {
    for await (const lines of readManifestLines(engine, state.manifest!)) {
      for (const line of lines) if (line.kind === 'entry' && line.entry.kind === 'file') own.add(line.path);
    }
    const earlier = manifestsOf(state.before.at(-1)!)!;
    for await (const { path } of readManifests(engine, earlier)) own.delete(path);
    return own;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'blobs.manifest') return new Set();
    throw error;
  }
}

function unlinkIfThere({ bulk }: BlobEngine, path: string): void {
  try {
    bulk.unlink(path);
  } catch (error) {
    if (!isHoldfastError(error, 'fs.not-found')) throw error;
  }
}
