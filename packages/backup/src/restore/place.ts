import { dirname } from 'node:path';
import type { FileSystem } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';

/** A directory in which a restore makes and renames things. */
export interface Place {
  /** Without symbolic links. */
  readonly path: string;
  /** Its file system. */
  readonly dev: string;
  /** Undefined: nothing stands in the way. */
  readonly obstacle: HoldfastError | undefined;
}

export async function lookAtPlace(fs: FileSystem, path: string): Promise<Place> {
  const { kind, dev } = await fs.stat(path);
  const obstacle =
    kind === 'directory'
      ? await obstacleIn(fs, path)
      : new HoldfastError('fs.exists', `${path} is not a directory`, { path });
  return { path, dev, obstacle };
}

/** The nearest directory that is there: where directories that are missing will be made. */
export async function nearestPlace(fs: FileSystem, path: string): Promise<Place> {
  for (let at = path; ; at = dirname(at)) {
    try {
      return await lookAtPlace(fs, await fs.realPath(at));
    } catch (error) {
      if (!isHoldfastError(error, 'fs.not-found') || dirname(at) === at) throw error;
    }
  }
}

async function obstacleIn(fs: FileSystem, path: string): Promise<HoldfastError | undefined> {
  try {
    await fs.expectWritable(path);
    return undefined;
  } catch (error) {
    if (isHoldfastError(error, 'fs.permission') || isHoldfastError(error, 'fs.read-only')) return error;
    throw error;
  }
}
