import type { BlobEngine } from './engine.js';
import { prepareTrees } from './prepare-trees.js';
import type { BlobBackupRequest, PreparedBlobs } from './request.js';

/**
 * Copies the blobs of a site into a location, durably, under a name that nothing restores from; `publish` gives them
 * their own. The caller holds the lock of the location. Leftovers of a killed run are removed first.
 *
 * @throws HoldfastError `blobs.vanished` (a pack runs: try again), `blobs.unreadable`, `blobs.layout`, those of the
 *   `fs.` family; nothing is left then
 */
export async function prepareBlobs(engine: BlobEngine, request: BlobBackupRequest): Promise<PreparedBlobs> {
  if (request.style.kind !== 'archive') return await prepareTrees(engine, request);
  // What reads and writes archives is loaded where it is used.
  const { prepareArchive } = await import('./archive/prepare-archive.js');
  return await prepareArchive(engine, request);
}
