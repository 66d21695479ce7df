import { join } from 'node:path';
import { isHoldfastError } from '@holdfast/errors';
import { Breather } from './breathe.js';
import type { BlobEngine } from './engine.js';

type RemovalEngine = Pick<BlobEngine, 'bulk' | 'signal'>;

/**
 * Removes a directory with all that is in it, or what else has this name; links are removed, never followed. What is
 * not there is fine. Needs no space, and stops at the first error.
 */
export async function removeTree({ bulk, signal }: RemovalEngine, root: string): Promise<void> {
  const breather = new Breather(signal);
  /** Directories on the way down, each with the directories in it that are still there. */
  const open: { readonly path: string; readonly directories: string[] }[] = [];
  const enter = (path: string) => {
    const directories: string[] = [];
    for (const { name, kind } of listOpened(bulk, path)) {
      if (kind === 'directory') directories.push(name);
      else withWritable(bulk, path, () => bulk.unlink(join(path, name)));
    }
    open.push({ path, directories });
  };
  const kind = kindOf(bulk, root);
  if (kind === undefined) return;
  if (kind !== 'directory') {
    bulk.unlink(root);
    return;
  }
  enter(root);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    await breather.breathe();
    const next = top.directories.pop();
    if (next !== undefined) {
      enter(join(top.path, next));
      continue;
    }
    open.pop();
    const parent = open.at(-1)?.path;
    if (parent === undefined) bulk.removeDirectory(top.path);
    else withWritable(bulk, parent, () => bulk.removeDirectory(top.path));
  }
}

type Bulk = BlobEngine['bulk'];

function kindOf(bulk: Bulk, path: string) {
  try {
    return bulk.lstat(path).kind;
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return undefined;
    throw error;
  }
}

/** A tree keeps the modes of its source: a directory that its owner may not read or write is opened first. */
function listOpened(bulk: Bulk, path: string) {
  return orOpened(bulk, path, () => bulk.readDirectory(path));
}

function withWritable(bulk: Bulk, directory: string, remove: () => void): void {
  orOpened(bulk, directory, remove);
}

function orOpened<T>(bulk: Bulk, directory: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isHoldfastError(error, 'fs.permission')) throw error;
    // Refused too where the directory is another's: that is the error to tell then.
    bulk.chmod(directory, 0o700);
    return work();
  }
}
