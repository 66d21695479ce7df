import { type BackupRunRequest, type BackupRunResult, runBackup } from './backup-run.js';
import { type PruneReport, pruneUnderLocks } from './prune-run.js';
import type { World } from './world.js';

export interface BackupAndPrune extends BackupRunResult {
  /** Sets that retention removed at the end. */
  readonly removed: PruneReport['removed'];
}

/** `holdfast backup` and its kin: a run, and retention under its locks. */
export async function backupAndPrune(world: World, request: BackupRunRequest): Promise<BackupAndPrune> {
  let pruned: PruneReport | undefined;
  const result = await runBackup(world, request, async (_, assertLocked) => {
    pruned = await pruneUnderLocks(world, request.config, request.kind, assertLocked);
  });
  return { ...result, removed: pruned?.removed ?? [] };
}
