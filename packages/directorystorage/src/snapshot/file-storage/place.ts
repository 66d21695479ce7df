import {
  cloneFile,
  copyRange,
  type FileSystem,
  lstatIfThere,
  type OpenFile,
  removeIfThere,
} from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';

/**
 * How the frozen bytes are kept. `reflink` and `copy`: a file of just these bytes. `link`: a second name of the `Data.fs`,
 * of which only the first `size` bytes count, because it goes on growing.
 */
export type FreezeMethod = 'reflink' | 'link' | 'copy';

export interface Placing {
  readonly fs: FileSystem;
  /** The `Data.fs`, open, and its path without links. */
  readonly source: OpenFile;
  readonly path: string;
  /** Bytes that count. */
  readonly size: number;
  readonly target: string;
  readonly copy: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts the frozen bytes under the name `target`; undefined when a pack put another file in the place of the `Data.fs`
 * meanwhile: then there is nothing at `target`.
 *
 * @throws HoldfastError `fs.cannot-link` where only a copy is possible and none was asked for; others of the `fs.` family
 */
export async function place(placing: Placing): Promise<FreezeMethod | undefined> {
  if (placing.copy) return copy(placing);
  const method = (await cloneFile(placing.path, placing.target)) ? 'reflink' : 'link';
  if (method === 'link') await link(placing);
  if (!(await isStillTheSource(placing, method))) {
    await removeIfThere(placing.fs, placing.target);
    return undefined;
  }
  if (method === 'reflink') await cut(placing);
  return method;
}

/** From the open file: whatever a pack does to its name. */
async function copy({ fs, source, size, target, signal }: Placing): Promise<FreezeMethod> {
  const to = await fs.create(target, 0o600);
  try {
    await copyRange({ from: source, to, start: 0, length: size, at: 0, signal });
  } finally {
    await to.close();
  }
  return 'copy';
}

async function link({ fs, path, target }: Placing): Promise<void> {
  try {
    await fs.link(path, target);
  } catch (error) {
    if (!isHoldfastError(error, 'fs.cannot-link') && !isHoldfastError(error, 'fs.permission')) throw error;
    throw new HoldfastError('fs.cannot-link', `${path} cannot be frozen by a hard link: ${error.message}`, {
      path,
      cause: error,
      hint: 'Run as the user who owns the Data.fs, or give --copy, which takes as much room as the storage has.',
    });
  }
}

/** A clone is of what the path names, so both are compared with the open file: a clone by the path. */
async function isStillTheSource(
  { fs, source, path, target }: Placing,
  method: FreezeMethod,
): Promise<boolean> {
  const { dev, ino } = await source.stat();
  const found = await lstatIfThere(fs, method === 'link' ? target : path);
  return found?.dev === dev && found.ino === ino;
}

async function cut({ fs, target, size }: Placing): Promise<void> {
  const file = await fs.openWrite(target);
  try {
    await file.truncate(size);
  } finally {
    await file.close();
  }
}
