import { openStorage, type SnapshotEngine, TidyHold } from '@holdfast/directorystorage';
import { HoldfastError } from '@holdfast/errors';
import { type FreezeOutcome, type Freezer, failed, type Hold } from './freezer.js';
import type { KeeperLog } from './keeper-log.js';
import type { HoldMemory } from './state-entry.js';

/** A client releases `misc/sublock` before it leaves; its COMMAND may take a moment longer. */
const SUBLOCK_WAIT_MS = 2000;

/** A DirectoryStorage that nothing else holds. */
export class DirectoryStorageFreezer implements Freezer {
  constructor(
    private readonly engine: SnapshotEngine,
    private readonly log: KeeperLog,
    private readonly storage: string,
    private readonly directory: string,
  ) {}

  async freeze(_code: string, signal: AbortSignal): Promise<FreezeOutcome> {
    try {
      // Where there is no such storage there is no lock file either, which says less.
      await openStorage(this.engine.fs, this.directory);
      const outcome = await TidyHold.enter({ ...this.engine, signal }, this.directory);
      if (outcome.kind === 'busy') return failed(this.busy(outcome.reason));
      if (outcome.kind === 'refused') return failed(outcome.error);
      return { kind: 'frozen', hold: this.holdOf(outcome.hold) };
    } catch (error) {
      return { kind: 'failed', error, unsure: false };
    }
  }

  async resume(_code: string, memory: HoldMemory): Promise<Hold | string> {
    if (memory.kind !== 'directorystorage' || memory.directory !== this.directory)
      return 'the storage was another one then';
    const outcome = await TidyHold.resume(this.engine, this.directory, memory.stamp);
    return outcome.kind === 'held' ? this.holdOf(outcome.hold) : outcome.reason;
  }

  /** The locks went with the process; what it left half done the next opening completes. */
  async settle(): Promise<boolean> {
    return true;
  }

  async currentCode(held: string | null): Promise<string | null> {
    return held;
  }

  async leaveForeign(): Promise<boolean> {
    return false;
  }

  private holdOf(hold: TidyHold): Hold {
    return {
      frozen: undefined,
      memory: { kind: 'directorystorage', directory: this.directory, stamp: hold.stamp },
      whyLost: () => hold.whyLost(),
      leave: async () => {
        const why = await hold.whyLost();
        const reader = await hold.leave(SUBLOCK_WAIT_MS);
        if (reader !== undefined) throw this.busy(reader);
        if (why !== undefined) this.log.warn({ reason: why }, 'the storage was changed while it was frozen');
      },
      discard: () => hold.drop(),
      drop: () => hold.drop(),
    };
  }

  private busy(reason: string): HoldfastError {
    return new HoldfastError(
      'toolkit.busy',
      `the storage ${this.storage} is used by somebody else: ${reason}`,
      {
        path: this.directory,
      },
    );
  }
}
