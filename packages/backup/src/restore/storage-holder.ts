import type { HoldfastError } from '@holdfast/errors';
import { isHoldfastError } from '@holdfast/errors';
import { holdStorageFile } from '@holdfast/filestorage-backup';
import { probeStorageLock } from '@holdfast/lockfile';

/** Who works on the storages: a ZEO or a Zope that has them open. Takes no lock from one that starts. */
export async function storageProblems(datafs: readonly string[]): Promise<readonly HoldfastError[]> {
  const problems: HoldfastError[] = [];
  for (const path of datafs) {
    try {
      const state = await probeStorageLock(path);
      // Held: then asking for it disturbs nobody, and the refusal names the holder.
      if (state.held) await (await holdStorageFile(state.path, path))?.release();
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      problems.push(error);
    }
  }
  return problems;
}
