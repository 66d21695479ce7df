import { resumeFrozen } from '@holdfast/directorystorage';
import { exists, type FileSystem } from '@holdfast/durable-fs';
import { errorLine, HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { ToolkitStorage } from '../storages.js';
import { removeLeftBeside } from './file-storage-freezer.js';
import type { KeeperLog } from './keeper-log.js';
import type { SnapshotStates } from './snapshot-states.js';
import type { StateEntry } from './state-entry.js';

/** What is put in order at a start works with. */
export interface LeftParts {
  readonly storages: readonly ToolkitStorage[];
  readonly fs: FileSystem;
  readonly log: KeeperLog;
  readonly states: SnapshotStates;
}

/**
 * A snapshot of a storage that is not configured any more: its frozen `Data.fs` is removed, and it is forgotten. What
 * fails is tried again at the next start.
 */
export async function forgetStorage({ fs, log, states }: LeftParts, entry: StateEntry): Promise<void> {
  const { storage, code, by, memory } = entry;
  const told = { storage, code, by };
  if (memory?.kind !== 'filestorage') {
    log.warn(
      told,
      'a storage was in a snapshot and is not configured any more; where a Zope holds it, leave it by hand',
    );
    return states.remove(storage);
  }
  try {
    const frozen = await resumeFrozen(fs, memory);
    if (typeof frozen !== 'string') await frozen.directory.remove();
    if (await exists(fs, memory.path))
      throw new HoldfastError('fs.failed', `${memory.path} is there still`, { path: memory.path });
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    log.warn(
      { ...told, reason: errorLine(error) },
      'what was frozen of a storage that is not configured any more cannot be removed; the next start tries it again',
    );
    return;
  }
  log.warn(told, 'a storage was in a snapshot and is not configured any more; what was frozen is removed');
  await states.remove(storage);
}

/** Nobody knows any more what was frozen: all goes that lies beside a `Data.fs` and that no living process holds. */
export async function removeAllLeft({ storages, fs, log }: LeftParts): Promise<void> {
  for (const { name, source } of storages) {
    if (source.kind !== 'filestorage') continue;
    const told = { storage: name };
    try {
      for (const path of await removeLeftBeside(fs, source.dataFs))
        log.warn({ ...told, path }, 'what was frozen before the start is removed');
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      log.warn(
        { ...told, reason: errorLine(error) },
        'what was frozen before the start cannot be removed; the next snapshot in its directory tries it again',
      );
    }
  }
}
