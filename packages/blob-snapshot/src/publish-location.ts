import { join } from 'node:path';
import { exists, type FileSystem, removeIfThere } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { BlobEngine } from './engine.js';
import { LATEST, PARTIAL } from './names.js';

/** Renames a directory to a name that must be free. The caller's lock keeps others out between the two. */
export async function renameDirectory(fs: FileSystem, from: string, to: string): Promise<void> {
  if (await exists(fs, to))
    throw new HoldfastError('fs.exists', `cannot make ${to}: it exists already`, { path: to });
  await fs.rename(from, to);
}

/**
 * Moves `OUTER.0` to `.1`, `.1` to `.2`, as far as something is in the way: the oldest first, so that each is under
 * one of the names at every moment. What a killed rotation left, a gap in the numbers, ends the next one early.
 */
export async function rotateTrees(engine: BlobEngine, location: string, outer: string): Promise<void> {
  const { fs, failpoint } = engine;
  const at = (number: number) => join(location, `${outer}.${number}`);
  let free = 0;
  while (await exists(fs, at(free))) free += 1;
  for (let number = free; number > 0; number--) {
    await fs.rename(at(number - 1), at(number));
    await failpoint?.(`rotated-${number - 1}`);
  }
  if (free > 0) await fs.syncDirectory(location);
}

/** Lets `latest` name this tree; what is there and is no link stays as it is. */
export async function setLatest(
  { fs }: Pick<BlobEngine, 'fs'>,
  location: string,
  name: string,
): Promise<void> {
  const latest = join(location, LATEST);
  const there = await linkTarget(fs, latest);
  if (there === name || there === 'not a link') return;
  const temporary = join(location, `${PARTIAL}${LATEST}`);
  await removeIfThere(fs, temporary);
  await fs.symlink(name, temporary);
  try {
    await fs.rename(temporary, latest);
  } catch (error) {
    await removeIfThere(fs, temporary);
    throw error;
  }
  await fs.syncDirectory(location);
}

async function linkTarget(fs: FileSystem, path: string): Promise<string | undefined> {
  try {
    const { kind } = await fs.lstat(path);
    return kind === 'symlink' ? await fs.readLink(path) : 'not a link';
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return undefined;
    throw error;
  }
}
