import { dirname, join } from 'node:path';
import type { FileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';

/** Names of ZEO's persistent client caches. */
const CACHE = /\.zec$/;

/** Persistent caches beside the storages, in the directory above (`var`), and in the directories of that one. */
export async function cachesNear(fs: FileSystem, datafs: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const above of new Set(datafs.map((path) => dirname(dirname(path))))) {
    const entries = await list(fs, above);
    const directories = entries
      .filter(({ kind }) => kind === 'directory')
      .map(({ name }) => join(above, name));
    for (const directory of [above, ...directories]) {
      for (const { name, kind } of await list(fs, directory)) {
        if (kind === 'file' && CACHE.test(name)) found.add(join(directory, name));
      }
    }
  }
  return [...found].sort();
}

async function list(fs: FileSystem, directory: string) {
  try {
    return await fs.readDirectory(directory);
  } catch (error) {
    if (isHoldfastError(error)) return [];
    throw error;
  }
}
