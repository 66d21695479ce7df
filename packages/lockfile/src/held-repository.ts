import type { KernelLock } from './kernel-lock.js';
import type { LeaseLock } from './lease-lock.js';
import { lost } from './lock-error.js';
import { formatRecord, type LockOwner } from './owner-record.js';

export interface RepositoryLock extends AsyncDisposable {
  /** `kernel` is sure; a `lease` can be lost unseen. */
  readonly kind: 'kernel' | 'lease';
  /** Aborted, with the error `lock.lost`, when the lock is lost. */
  readonly signal: AbortSignal;
  /**
   * To be called before each step that publishes something.
   *
   * @throws HoldfastError `lock.lost` when the file under the path is no longer the held one, or the lease is gone
   */
  assertHeld(): Promise<void>;
  release(): Promise<void>;
}

/** A repository lock that is held: the kernel lock, the lease, or both. */
export class HeldRepository implements RepositoryLock {
  readonly #lost = new AbortController();
  readonly signal: AbortSignal;

  constructor(
    private readonly path: string,
    private readonly kernel: KernelLock | undefined,
    private readonly lease: LeaseLock | undefined,
    private readonly recorded: LockOwner | undefined,
  ) {
    this.signal =
      lease === undefined ? this.#lost.signal : AbortSignal.any([lease.signal, this.#lost.signal]);
  }

  get kind(): 'kernel' | 'lease' {
    return this.lease === undefined ? 'kernel' : 'lease';
  }

  async assertHeld(): Promise<void> {
    try {
      if (this.signal.aborted)
        throw lost(this.path, 'this was noticed before', { cause: this.signal.reason });
      this.kernel?.assertHeld();
      this.lease?.assertHeld();
    } catch (error) {
      this.#lost.abort(error);
      throw error;
    }
  }

  async release(): Promise<void> {
    try {
      await this.lease?.release();
    } finally {
      await this.releaseKernel();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  private async releaseKernel(): Promise<void> {
    const { kernel, recorded } = this;
    if (kernel === undefined || !kernel.held) return;
    try {
      const released = new Date().toISOString();
      if (recorded !== undefined)
        kernel.writeText(formatRecord({ owner: recorded, kind: 'kernel', released }));
    } catch {
      // Lost, or a full disk: only the text for the next reader stays as it was.
    }
    await kernel.release();
  }
}
