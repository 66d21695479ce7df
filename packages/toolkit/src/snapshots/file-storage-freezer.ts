import { dirname } from 'node:path';
import {
  type Frozen,
  freeze,
  isIntact,
  memoryOf,
  removeUnused,
  resumeFrozen,
  type SnapshotEngine,
} from '@holdfast/directorystorage';
import type { FileSystem } from '@holdfast/durable-fs';
import { errorLine, isHoldfastError } from '@holdfast/errors';
import type { FreezeOutcome, Freezer, Hold } from './freezer.js';
import type { KeeperLog } from './keeper-log.js';
import type { HoldMemory } from './state-entry.js';

type Memory = Extract<HoldMemory, { kind: 'filestorage' }>;

/** A FileStorage: frozen by a reflink or a hard link, and its size. */
export class FileStorageFreezer implements Freezer {
  constructor(
    private readonly engine: SnapshotEngine,
    private readonly log: KeeperLog,
    private readonly dataFs: string,
  ) {}

  async freeze(_code: string, signal: AbortSignal): Promise<FreezeOutcome> {
    let frozen: Frozen | undefined;
    try {
      frozen = await freeze({ ...this.engine, signal }, { dataFs: this.dataFs });
      const memory = { kind: 'filestorage', ...(await memoryOf(this.engine.fs, frozen)) } as const;
      return { kind: 'frozen', hold: this.holdOf(frozen, memory) };
    } catch (error) {
      return { kind: 'failed', error, unsure: !(await this.removed(frozen)) || !isHoldfastError(error) };
    }
  }

  async resume(_code: string, memory: HoldMemory): Promise<Hold | string> {
    if (memory.kind !== 'filestorage') return 'the storage was of another kind then';
    const frozen = await resumeFrozen(this.engine.fs, memory);
    return typeof frozen === 'string' ? frozen : this.holdOf(frozen, memory);
  }

  async settle(): Promise<boolean> {
    await removeLeftBeside(this.engine.fs, this.dataFs);
    return true;
  }

  async currentCode(held: string | null): Promise<string | null> {
    return held;
  }

  async leaveForeign(): Promise<boolean> {
    return false;
  }

  /** Whether nothing is left of it. */
  private async removed(frozen: Frozen | undefined): Promise<boolean> {
    try {
      await frozen?.directory.remove();
      return true;
    } catch (error) {
      this.log.warn(
        { reason: errorLine(error) },
        'what was frozen in vain was not removed; it is tried again',
      );
      return false;
    }
  }

  private holdOf({ directory, path, size, tid, fingerprint }: Frozen, memory: Memory): Hold {
    const whyLost = async () =>
      (await isIntact(this.engine.fs, path, size, fingerprint))
        ? undefined
        : 'it was overwritten in place, or the frozen file was removed';
    return {
      frozen: { path, size, tid: /^0+$/.test(tid) ? undefined : tid },
      memory,
      whyLost,
      leave: async () => {
        const why = await whyLost().catch((error: unknown) => String(error));
        if (why !== undefined)
          this.log.warn({ reason: why }, 'the frozen Data.fs was spoiled before it was left');
        await directory.remove();
      },
      discard: () => directory.remove(),
      drop: () => directory.release(),
    };
  }
}

/**
 * Removes what was frozen beside a `Data.fs` and is held by nobody: what a living process has there is locked.
 *
 * @returns the directories that it lay in
 * @throws HoldfastError of the `fs.` family
 */
export async function removeLeftBeside(fs: FileSystem, dataFs: string): Promise<readonly string[]> {
  try {
    return await removeUnused(fs, dirname(await fs.realPath(dataFs).catch(orIfMissing(dataFs))));
  } catch (error) {
    // Nothing is frozen where there is no directory.
    if (isHoldfastError(error, 'fs.not-found')) return [];
    throw error;
  }
}

/** A `Data.fs` that is gone, for a moment or for good: what was frozen lies beside it all the same. */
function orIfMissing(path: string): (error: unknown) => string {
  return (error) => {
    if (isHoldfastError(error, 'fs.not-found')) return path;
    throw error;
  };
}
