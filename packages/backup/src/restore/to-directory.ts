import { dirname, join } from 'node:path';
import { exists, type FileSystem, makeDirectories } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { RestoreRequest } from './request.js';
import { isOfRestore } from './work.js';

/** What the main storage is called in such a directory. */
const OF_MAIN = /^(?:Data\.fs|blobstorage)(?:\.|$)/;

/** The directory of each additional storage: its name, unless the main storage needs that for itself. */
function directoryNames(storages: readonly { readonly name: string }[]): readonly string[] {
  const taken = new Set(storages.map(({ name }) => name));
  return storages.map(({ name }) => {
    if (!OF_MAIN.test(name)) return name;
    let own = `storage-${name}`;
    while (taken.has(own)) own = `storage-${own}`;
    taken.add(own);
    return own;
  });
}

/** The same restore with all targets below one directory. */
export function withinDirectory<T extends { readonly storages: readonly { readonly name: string }[] }>(
  request: T,
  directory: string,
) {
  const names = directoryNames(request.storages);
  const storages = request.storages.map((storage: T['storages'][number], at) => {
    const isMain = at === request.storages.length - 1;
    const own = isMain ? directory : join(directory, names[at]!);
    return { ...storage, datafs: join(own, 'Data.fs'), blobStorage: join(own, 'blobstorage') };
  });
  return { ...request, storages };
}

/** What a killed restore to the same place left does not count. */
export async function emptyDirectoryProblem(
  fs: FileSystem,
  { storages }: RestoreRequest,
  directory: string,
): Promise<readonly HoldfastError[]> {
  try {
    const stray = await strayIn(fs, directory, new Set(directoryNames(storages)));
    if (stray === undefined) return [];
    const message = `${directory} is not empty: it holds ${stray}`;
    return [new HoldfastError('restore.not-empty', message, { path: directory })];
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found') && !(await exists(fs, directory))) return [];
    if (!isHoldfastError(error)) throw error;
    return [error];
  }
}

/** @param ours names of directories that a restore makes there; they may not hold anything else either */
async function strayIn(
  fs: FileSystem,
  directory: string,
  ours: ReadonlySet<string>,
): Promise<string | undefined> {
  for (const { name, kind } of await fs.readDirectory(directory)) {
    if (isOfRestore(name)) continue;
    if (kind !== 'directory' || !ours.has(name)) return name;
    const below = await strayIn(fs, join(directory, name), new Set());
    if (below !== undefined) return join(name, below);
  }
  return undefined;
}

/** Directories that were made for a restore; those that are empty at the end go again. */
export class MadeDirectories implements AsyncDisposable {
  private constructor(
    private readonly fs: FileSystem,
    private readonly made: readonly string[],
  ) {}

  static async make(fs: FileSystem, directories: readonly string[]): Promise<MadeDirectories> {
    const made: string[] = [];
    for (const directory of directories) {
      const missing: string[] = [];
      for (let at = directory; !(await exists(fs, at)); at = dirname(at)) missing.unshift(at);
      await makeDirectories(fs, directory);
      made.push(...missing);
    }
    return new MadeDirectories(fs, made);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const directory of [...this.made].reverse()) {
      try {
        await this.fs.removeDirectory(directory);
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
      }
    }
  }
}
