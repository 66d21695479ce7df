import { dirname, join } from 'node:path';
import { isHoldfastError } from '@holdfast/errors';
import { AtomicFile } from './atomic-file.js';
import type { DirectoryEntry, FileSystem } from './file-system.js';
import { exists } from './if-there.js';
import { CHUNK_SIZE, readFully } from './transfer.js';

export interface WalkEntry extends DirectoryEntry {
  /** Path below the root, with `/` between the parts. */
  readonly path: string;
}

/**
 * Every entry below `root`, parents before children, siblings in the order of their names' bytes. Links are
 * named, never followed; `enter` can keep the walk out of a directory.
 */
export async function* walk(
  fs: FileSystem,
  root: string,
  enter: (entry: WalkEntry) => boolean = () => true,
  below = '',
): AsyncGenerator<WalkEntry> {
  const entries = [...(await fs.readDirectory(join(root, below)))].sort((a, b) =>
    compareBytes(a.name, b.name),
  );
  for (const entry of entries) {
    const found: WalkEntry = { ...entry, path: below === '' ? entry.name : `${below}/${entry.name}` };
    yield found;
    if (entry.kind === 'directory' && enter(found)) yield* walk(fs, root, enter, found.path);
  }
}

function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Makes a directory and its parents; those that are there are left as they are. New ones are made durable. */
export async function makeDirectories(fs: FileSystem, path: string, mode = 0o700): Promise<void> {
  if (await exists(fs, path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeDirectories(fs, parent, mode);
  try {
    await fs.makeDirectory(path, mode);
  } catch (error) {
    if (isHoldfastError(error, 'fs.exists')) return;
    throw error;
  }
  await fs.syncDirectory(parent);
}

/**
 * A second name for a file where the file system can, else a copy with its mode and times.
 * The copy appears only when it is whole. The target may not exist.
 */
export async function linkOrCopy(fs: FileSystem, from: string, to: string): Promise<'linked' | 'copied'> {
  try {
    await fs.link(from, to);
    return 'linked';
  } catch (error) {
    if (!isHoldfastError(error, 'fs.cannot-link') && !isHoldfastError(error, 'fs.permission')) throw error;
  }
  await copyFile(fs, from, to);
  return 'copied';
}

/** Copies a regular file with its mode and time of modification; the copy appears only when it is whole and durable. */
export async function copyFile(fs: FileSystem, from: string, to: string): Promise<void> {
  const source = await fs.openRead(from);
  try {
    const { mode, mtimeMs } = await source.stat();
    const target = await AtomicFile.create(fs, to, { mode: mode & 0o777, mtimeMs });
    try {
      const buffer = Buffer.allocUnsafe(CHUNK_SIZE);
      for (;;) {
        const count = await readFully(source, buffer, target.size);
        if (count === 0) break;
        await target.append(buffer.subarray(0, count));
      }
      await target.publish();
    } finally {
      await target.dispose();
    }
  } finally {
    await source.close();
  }
}
