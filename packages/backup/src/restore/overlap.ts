import { basename, dirname, join, relative } from 'node:path';
import type { FileSystem } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { StoragePlan } from './plan.js';
import type { RestoreRequest } from './request.js';

/** Paths that lie within a blob directory that is to be replaced whole, and would go with it. */
export function overlapProblems(storages: readonly StoragePlan[]): readonly HoldfastError[] {
  const problems: HoldfastError[] = [];
  const { others, blobs } = placesOf(storages);
  for (const directory of blobs) {
    for (const { path, what } of [...others, ...blobs.filter((other) => other !== directory)]) {
      if (!isWithin(path, directory.path)) continue;
      const message = `${what} ${path} lies in ${directory.path}, which the restore replaces`;
      problems.push(new HoldfastError('restore.overlap', message, { path }));
    }
  }
  return [...problems, ...twice(storages)];
}

interface Named {
  readonly path: string;
  readonly what: string;
}

function placesOf(storages: readonly StoragePlan[]): { readonly others: Named[]; readonly blobs: Named[] } {
  const others: Named[] = [];
  const blobs: Named[] = [];
  for (const { source, data, blobs: blobPlan } of storages) {
    if (data !== undefined) others.push({ path: data.path, what: 'the Data.fs' });
    if (source.filestorage !== undefined) {
      others.push({ path: source.filestorage.engine.store.location, what: 'the backup' });
    }
    if (source.blobs !== undefined) others.push({ path: source.blobs.path, what: 'the backup' });
    if (blobPlan !== undefined) blobs.push({ path: blobPlan.path, what: 'the blob directory' });
  }
  return { others, blobs };
}

/** Two storages with one target would leave only the second. */
function twice(storages: readonly StoragePlan[]): readonly HoldfastError[] {
  const paths = storages.flatMap(({ data, blobs }) =>
    [data?.path, blobs?.path].filter((path) => path !== undefined),
  );
  return [...new Set(paths.filter((path, at) => paths.indexOf(path) !== at))].map(
    (path) => new HoldfastError('restore.overlap', `two storages would be restored to ${path}`, { path }),
  );
}

/** A restore beside the site may not lie in the site's blobs, or among its backups, also not by a link. */
export async function reservedProblems(
  fs: FileSystem,
  { to, reserved = [] }: RestoreRequest,
): Promise<readonly HoldfastError[]> {
  if (to === undefined) return [];
  const target = await throughLinks(fs, to);
  for (const { path, what } of reserved) {
    if (!isWithin(target, await throughLinks(fs, path))) continue;
    const message = `${to} lies in ${what} ${path}`;
    const hint = 'Give a directory outside the blob directories and the backups of the site.';
    return [new HoldfastError('restore.overlap', message, { path: to, hint })];
  }
  return [];
}

/** Where a path leads, also one that is not there yet. */
async function throughLinks(fs: FileSystem, path: string): Promise<string> {
  try {
    return await fs.realPath(path);
  } catch (error) {
    if (!isHoldfastError(error) || dirname(path) === path) throw error;
    return join(await throughLinks(fs, dirname(path)), basename(path));
  }
}

/** Whether a path is a directory or below it. Both without symbolic links, or the sources as they are configured. */
function isWithin(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way === '' || !(way === '..' || way.startsWith('../'));
}
