import { HoldfastError } from '@holdfast/errors';
import type { SpaceNeed, StoragePlan } from './plan.js';

/** What a file costs beyond its bytes: the rest of its last block, and in a bushy layout a directory of its own. */
const PER_FILE = 6 << 10;
/** The index, as a part of the data. */
const INDEX_SHARE = 0.02;

/** What is built, by file system. @param paths a directory for each one's number */
export function neededSpace(
  storages: readonly StoragePlan[],
): ReadonlyMap<string, { path: string; bytes: number }> {
  const needs = new Map<string, { path: string; bytes: number }>();
  const add = ({ dev, path }: { readonly dev: string; readonly path: string }, bytes: number) => {
    const before = needs.get(dev);
    needs.set(dev, { path: before?.path ?? path, bytes: (before?.bytes ?? 0) + bytes });
  };
  for (const { data, blobs } of storages) {
    if (data !== undefined) {
      add(data.place, data.bytes);
      add(data.indexPlace, Math.ceil(data.bytes * INDEX_SHARE));
    }
    if (blobs !== undefined) add(blobs.place, (blobs.bytes ?? 0) + (blobs.files ?? 0) * PER_FILE);
  }
  return needs;
}

/** File systems on which old and new have no room together. */
export function tooSmall(space: readonly SpaceNeed[]): readonly SpaceNeed[] {
  return space.filter(({ needed, free }) => needed > free);
}

export function spaceProblems(space: readonly SpaceNeed[], freeFirst: boolean): readonly HoldfastError[] {
  return tooSmall(space)
    .filter(({ needed, free, old }) => !freeFirst || needed > free + old)
    .map(({ path, needed, free, old }) => {
      const also = freeFirst ? `, and ${old} more without the old files` : '';
      const message = `${path} has ${free} bytes free${also}; the restore needs ${needed}`;
      const hint = freeFirst
        ? 'Free space, or restore to another disk with --to.'
        : 'Free space, restore to another disk with --to, or remove the old files first with --free-first.';
      return new HoldfastError('fs.no-space', message, { path, hint, details: { needed, free } });
    });
}
