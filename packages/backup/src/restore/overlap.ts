import { relative } from 'node:path';
import { HoldfastError } from '@holdfast/errors';
import type { StoragePlan } from './plan.js';

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

/** Whether a path is a directory or below it. Both without symbolic links, or the sources as they are configured. */
function isWithin(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way === '' || !(way === '..' || way.startsWith('../'));
}
