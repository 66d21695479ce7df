import { dirname } from 'node:path';
import type { FileStat, FileSystem } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { isReadOnly, type Mounts } from './mounts.js';

/** A directory in which a restore makes and renames things. */
export interface Place {
  /** Without symbolic links. */
  readonly path: string;
  /** Its file system. */
  readonly dev: string;
  /** Undefined: nothing stands in the way. */
  readonly obstacle: HoldfastError | undefined;
}

export async function lookAtPlace(fs: FileSystem, mounts: Mounts, path: string): Promise<Place> {
  const stat = await fs.stat(path);
  return { path, dev: stat.dev, obstacle: obstacleOf(path, stat, mounts) };
}

/** The nearest directory that is there: where directories that are missing will be made. */
export async function nearestPlace(fs: FileSystem, mounts: Mounts, path: string): Promise<Place> {
  for (let at = path; ; at = dirname(at)) {
    try {
      return await lookAtPlace(fs, mounts, await fs.realPath(at));
    } catch (error) {
      if (!isHoldfastError(error, 'fs.not-found') || dirname(at) === at) throw error;
    }
  }
}

function obstacleOf(path: string, stat: FileStat, mounts: Mounts): HoldfastError | undefined {
  if (stat.kind !== 'directory') {
    return new HoldfastError('fs.exists', `${path} is not a directory`, { path });
  }
  if (isReadOnly(mounts, path)) {
    return new HoldfastError('fs.read-only', `cannot write to ${path}: the file system is read-only`, {
      path,
    });
  }
  if (mayWrite(stat)) return undefined;
  return new HoldfastError('fs.permission', `this user may not write to ${path}`, { path });
}

/** Only a sure no is a no: behind the bits of the group there may be an access list. Making the first thing there is the test. */
function mayWrite({ mode, uid }: FileStat): boolean {
  const me = process.geteuid?.();
  if (me === undefined || me === 0) return true;
  return me === uid ? (mode & 0o300) === 0o300 : (mode & 0o022) !== 0;
}
