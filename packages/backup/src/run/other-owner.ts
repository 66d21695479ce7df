import { type FileSystem, statIfThere } from '@holdfast/durable-fs';
import type { Places } from '../config.js';

/**
 * What root leaves in another user's place of backups that user can neither read nor add to: its next backup fails.
 *
 * @returns a sentence for each such place; none where this process is not root
 */
export async function otherOwners(
  fs: FileSystem,
  { filestorage, blobs }: Places,
): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) return [];
  const warnings: string[] = [];
  for (const place of [filestorage, blobs]) {
    const uid = (await statIfThere(fs, place))?.uid ?? 0;
    if (uid === 0) continue;
    warnings.push(
      `${place} belongs to the user ${uid}, who cannot read what root has now written there: make the backups as that user, and give it these files (chown -R ${uid} ${place})`,
    );
  }
  return warnings;
}
