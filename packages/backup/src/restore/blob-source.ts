import { type BlobBackup, blobCountsOf, restoreBlobs, verifyBlobs } from '@holdfast/blob-snapshot';
import { HoldfastError } from '@holdfast/errors';
import type { World } from '../run/world.js';
import type { BlobSource } from './request.js';

/** A backup of blobs as the source of a restore. */
export async function blobSource(world: World, backup: BlobBackup): Promise<BlobSource> {
  const counts = await blobCountsOf(world, backup);
  return {
    path: backup.path,
    counts,
    async build(target, options) {
      const { files, bytes, refused } = await restoreBlobs(world, { backup, target, ...options });
      const warnings = refused.items.map(({ path, reason }) => `not restored: ${path} (${reason})`);
      const more = refused.count - refused.items.length;
      if (more > 0) warnings.push(`not restored: ${more} more things that are no files`);
      return { files, bytes, warnings };
    },
    async verify() {
      const { sound, problems } = await verifyBlobs(world, { backup, level: 'deep' });
      if (sound) return;
      const [first] = problems.items;
      const message = `${backup.id} cannot be restored: ${first?.path ?? backup.path}: ${first?.reason ?? 'damaged'}`;
      throw new HoldfastError('blobs.damaged', message, {
        path: backup.path,
        details: { problems: problems.count },
      });
    },
  };
}
