import { join } from 'node:path';
import { restoreToSink } from '@holdfast/filestorage-backup';
import type { World } from '../run/world.js';
import { type RestorePlan, type StoragePlan, worksOf } from './plan.js';
import { planRemoval, presentIndexes } from './plan-moves.js';
import { tooSmall } from './space.js';
import { swap } from './swap.js';
import { NEW_BLOBS } from './work.js';
import { WorkDirectories } from './work-directories.js';

/** Reads every byte that will be restored: what cannot be restored must be known before the old files go. */
export async function verifySources({ storages }: RestorePlan): Promise<void> {
  for (const { source, data, blobs } of storages) {
    const { filestorage } = source;
    if (data !== undefined && filestorage !== undefined) {
      await restoreToSink(filestorage.engine, { moment: filestorage.moment, check: true }, async () => {});
    }
    if (blobs !== undefined) await source.blobs?.verify();
  }
}

/** Takes the old files out of their places and removes them, on the file systems that have no room for both. */
export async function freeTargets(world: World, plan: RestorePlan): Promise<readonly string[]> {
  const full = new Set(tooSmall(plan.space).map(({ dev }) => dev));
  const storages = plan.storages.map(
    ({ source, data, blobs }): StoragePlan => ({
      source,
      data: data !== undefined && full.has(data.place.dev) ? data : undefined,
      blobs: blobs !== undefined && full.has(blobs.place.dev) ? blobs : undefined,
    }),
  );
  await using works = await WorkDirectories.make(world, worksOf(storages));
  for (const { blobs } of storages) {
    if (blobs?.way === 'inside') await world.fs.makeDirectory(join(blobs.work.path, NEW_BLOBS), 0o700);
  }
  const indexes = await presentIndexes(world.fs, storages);
  const moves = planRemoval(storages, { suffix: undefined, indexes, built: new Set() });
  return [...(await swap(world, works, storages, moves)), ...(await works.remove())];
}
