import { join } from 'node:path';
import { type HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { KernelLock } from '@holdfast/lockfile';
import { isClosedTidily } from '../../direct-access.js';
import { tidy } from '../direct-method.js';
import type { SnapshotEngine } from '../engine.js';
import { managerLockPath, sign, sublockPath, take } from '../locks.js';

export type HoldOutcome =
  | { readonly kind: 'held'; readonly hold: TidyHold }
  | { readonly kind: 'busy'; readonly reason: string }
  | { readonly kind: 'refused'; readonly error: HoldfastError };

export type ResumeOutcome =
  | { readonly kind: 'held'; readonly hold: TidyHold }
  /** `reason`: why it cannot have been frozen all the time. */
  | { readonly kind: 'lost'; readonly reason: string };

/**
 * A DirectoryStorage that nothing else holds, kept frozen as a server in snapshot mode does: `misc/lock` is held, `misc/sublock`
 * is free for whoever reads. `misc/snapshot` stays `shutdown`: a process killed here leaves a storage that was closed tidily.
 */
export class TidyHold {
  private constructor(
    private readonly engine: SnapshotEngine,
    private readonly directory: string,
    private readonly manager: KernelLock,
    /** Tells this `misc/snapshot` from one that a later start of DirectoryStorage wrote. */
    readonly stamp: string,
  ) {}

  /** @throws HoldfastError of the `lock.` and `fs.` families: then nothing is held */
  static async enter(engine: SnapshotEngine, directory: string): Promise<HoldOutcome> {
    const manager = await take(managerLockPath(directory));
    if (manager.kind === 'busy') return manager;
    let keep = false;
    try {
      const sub = await take(sublockPath(directory));
      if (sub.kind === 'busy') return sub;
      await using sublock = sub.lock;
      sign(manager.lock);
      sign(sublock);
      const refused = await tidy(engine, directory);
      if (refused !== undefined) return { kind: 'refused', error: refused };
      const hold = new TidyHold(engine, directory, manager.lock, await stampOf(engine, directory));
      keep = true;
      return { kind: 'held', hold };
    } finally {
      if (!keep) await manager.lock.release();
    }
  }

  /**
   * Takes `misc/lock` again after this program was killed. Somebody may hold `misc/sublock` all the while, to read.
   *
   * @throws HoldfastError of the `lock.` and `fs.` families
   */
  static async resume(engine: SnapshotEngine, directory: string, stamp: string): Promise<ResumeOutcome> {
    const manager = await take(managerLockPath(directory));
    if (manager.kind === 'busy') return { kind: 'lost', reason: manager.reason };
    const hold = new TidyHold(engine, directory, manager.lock, stamp);
    let keep = false;
    try {
      const reason = await hold.whyLost();
      if (reason !== undefined) return { kind: 'lost', reason };
      sign(manager.lock);
      keep = true;
      return { kind: 'held', hold };
    } finally {
      if (!keep) await manager.lock.release();
    }
  }

  /** Why the storage cannot have been frozen all the time; undefined: it was. */
  async whyLost(): Promise<string | undefined> {
    const { engine, directory, manager } = this;
    try {
      manager.assertHeld();
      if ((await stampOf(engine, directory)) !== this.stamp) return 'misc/snapshot is another one now';
      return (await isClosedTidily(engine.fs, directory)) ? undefined : 'somebody has written to the storage';
    } catch (error) {
      if (isHoldfastError(error)) return error.message;
      throw error;
    }
  }

  /**
   * Takes the sublock back, then gives both locks up.
   *
   * @param waitMs how long the sublock is waited for
   * @returns who holds the sublock: then the storage stays frozen; undefined when it was left
   */
  async leave(waitMs: number): Promise<string | undefined> {
    const sub = await take(sublockPath(this.directory), waitMs);
    if (sub.kind === 'busy') return sub.reason;
    await sub.lock.release();
    await this.drop();
    return undefined;
  }

  /** Gives `misc/lock` up, whoever reads. */
  async drop(): Promise<void> {
    await this.manager.release();
  }
}

async function stampOf({ fs }: SnapshotEngine, directory: string): Promise<string> {
  const { dev, ino, mtimeMs } = await fs.stat(join(directory, 'misc', 'snapshot'));
  return `${dev}:${ino}:${mtimeMs}`;
}
