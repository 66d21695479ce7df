import { basename, dirname, join } from 'node:path';
import { exists, type FileSystem, lstatIfThere, removeLeftovers } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { KernelLock, storageLockPaths } from '@holdfast/lockfile';

/** The file that a restore makes or replaces, and what the new one takes from it. */
export interface Target {
  /** Where the data goes: behind a symbolic link, the file that it leads to. */
  readonly path: string;
  /** Where ZODB looks for the index: beside the path as configured, also when that is a link. */
  readonly index: string;
  readonly present: boolean;
  readonly mode: number;
  /** Set only where this process may give files away: a `Data.fs` of root's keeps Zope from starting. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

export async function findTarget(fs: FileSystem, output: string): Promise<Target> {
  const directory = await fs.realPath(dirname(output));
  const configured = join(directory, basename(output));
  const path = await resolveLink(fs, configured);
  const index = `${configured}.index`;
  const present = await lstatIfThere(fs, path);
  if (present !== undefined && present.kind !== 'file') {
    throw new HoldfastError('fs.not-a-regular-file', `cannot restore to ${path}: not a regular file`, {
      path,
    });
  }
  const model = present ?? (await fs.stat(dirname(path)));
  const owner = process.getuid?.() === 0 ? { uid: model.uid, gid: model.gid } : undefined;
  return {
    path,
    index,
    present: present !== undefined,
    mode: present === undefined ? 0o600 : present.mode & 0o777,
    owner,
  };
}

async function resolveLink(fs: FileSystem, path: string): Promise<string> {
  try {
    return await fs.realPath(path);
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return path;
    throw error;
  }
}

/** @throws HoldfastError `fs.no-space` before anything is written */
export async function needSpace(fs: FileSystem, { path }: Target, bytes: number): Promise<void> {
  const { freeBytes } = await fs.freeSpace(dirname(path));
  if (freeBytes >= bytes) return;
  const message = `${dirname(path)} has ${freeBytes} bytes free, the restore needs ${bytes}`;
  const hint = 'Free space, or restore to another disk with --output.';
  throw new HoldfastError('fs.no-space', message, { path, hint });
}

/**
 * Holds the locks that ZODB takes to open the storage, so that neither a running Zope nor one that is started
 * meanwhile works on it, and removes what a killed restore left. A lock file that is missing is not made: one that
 * belongs to root would keep Zope from starting.
 *
 * @throws HoldfastError `restore.target-in-use`
 */
export async function holdTarget(fs: FileSystem, output: string, { path }: Target): Promise<AsyncDisposable> {
  const held: KernelLock[] = [];
  const release = async () => {
    for (const lock of held.splice(0)) await lock.release();
  };
  try {
    for (const file of await storageLockPaths(output, fs)) {
      const lock = await holdStorageFile(file, output);
      if (lock !== undefined) held.push(lock);
    }
    const names = [basename(path), `${basename(output)}.index`];
    if (held.length > 0) await removeLeftovers(fs, dirname(path), names);
  } catch (error) {
    await release();
    throw error;
  }
  return { [Symbol.asyncDispose]: release };
}

/**
 * One of the lock files of `storageLockPaths`; undefined where it is missing.
 *
 * @throws HoldfastError `restore.target-in-use`, naming the holder and what it holds up
 */
export async function holdStorageFile(path: string, output: string): Promise<KernelLock | undefined> {
  try {
    return await KernelLock.acquire(path, { create: false });
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return undefined;
    if (!isHoldfastError(error, 'lock.busy')) throw error;
    const message = `${output} is in use: ${error.message}`;
    throw new HoldfastError('restore.target-in-use', message, {
      path: output,
      details: error.details,
      cause: error,
    });
  }
}

/** Keeps the replaced file under a second name that is free; its own name stays until the new file takes it. */
export async function keepOld(fs: FileSystem, { path, present }: Target): Promise<string | undefined> {
  if (!present) return undefined;
  const old = await freeName(fs, `${path}.old`);
  try {
    await fs.link(path, old);
  } catch (error) {
    if (!isHoldfastError(error, 'fs.cannot-link') && !isHoldfastError(error, 'fs.permission')) throw error;
    await fs.rename(path, old);
  }
  return old;
}

/** `Data.fs.old`, or `Data.fs.old.2`, …: what an earlier restore or a pack kept there is not ours to delete. */
async function freeName(fs: FileSystem, name: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}.${number}`;
    if (!(await exists(fs, candidate))) return candidate;
  }
}
