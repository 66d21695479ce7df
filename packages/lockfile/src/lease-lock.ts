import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import {
  type Clock,
  type FileSystem,
  fsError,
  type LockFiles,
  nodeFileSystem,
  systemClock,
} from '@holdfast/durable-fs';
import { type HoldfastError, isHoldfastError } from '@holdfast/errors';
import { busy } from './busy-error.js';
import { LEASE_STALE_MS, LeaseDirectory } from './lease-directory.js';
import { lost } from './lock-error.js';
import { textOf } from './lock-file.js';
import { describeOwner, type LockOwner, type OwnerRecord, parseRecord, writeRecord } from './owner-record.js';
import { poll, type Waiting } from './polling.js';

export interface LeaseOptions extends Waiting {
  /** What the holder is doing, for the one who finds the lease busy. */
  readonly command: string;
  /** A lease that was not refreshed for so long may be taken over. Default 60 s, at least 2 s. */
  readonly staleMs?: number | undefined;
  /** How often the holder refreshes it. Default a sixth of `staleMs`, at least 1 s. */
  readonly updateMs?: number | undefined;
  /** Asked once the lease is ours, before its record is written, with the text that is in the file; false gives it back. */
  readonly admit?: ((text: string) => Promise<boolean>) | undefined;
  readonly fs?: FileSystem | undefined;
  readonly files?: LockFiles | undefined;
}

const LONGEST_PAUSE_MS = 500;

/** proper-lockfile keeps one entry a path in this process, so a second lease on it must not even be tried. */
const heldHere = new Set<string>();

/**
 * A lease: a directory `PATH.lease` whose modification time its holder keeps fresh (proper-lockfile), and a record
 * of the holder in the file PATH. For file systems without `flock`. A lease can be lost unseen (a stopped process,
 * a clock that is wrong by more than the staleness): `signal` is aborted as soon as it is noticed, `assertHeld`
 * looks, and what is published under a lease must never overwrite.
 */
export class LeaseLock implements AsyncDisposable {
  readonly #lost = new AbortController();
  #release: () => Promise<void> = () => Promise.resolve();
  #released = false;
  #recorded = false;

  private constructor(
    readonly path: string,
    private readonly record: OwnerRecord,
    private readonly directory: LeaseDirectory,
    private readonly options: LeaseOptions,
  ) {}

  /** @throws HoldfastError `lock.busy` (details: `owner`, `liveness`), `cancelled`, or one of the `fs.` family */
  static async acquire(path: string, options: LeaseOptions): Promise<LeaseLock> {
    const lock = await LeaseLock.tryAcquire(path, options);
    if (lock !== undefined) return lock;
    throw await busy(path, textOf(path, options.files));
  }

  /** As `acquire`, but `undefined` when the lease is busy until the end of the waiting. */
  static async tryAcquire(path: string, options: LeaseOptions): Promise<LeaseLock | undefined> {
    const { fs = nodeFileSystem } = options;
    const real = join(await fs.realPath(dirname(path)), basename(path));
    return poll(path, options, () => LeaseLock.attempt(real, options), LONGEST_PAUSE_MS);
  }

  private static async attempt(path: string, options: LeaseOptions): Promise<LeaseLock | undefined> {
    if (heldHere.has(path)) return undefined;
    heldHere.add(path);
    try {
      const lock = await LeaseLock.take(path, options);
      if (lock === undefined) heldHere.delete(path);
      return lock;
    } catch (error) {
      heldHere.delete(path);
      throw error;
    }
  }

  private static async take(path: string, options: LeaseOptions): Promise<LeaseLock | undefined> {
    const owner = await describeOwner(options.command, options.clock);
    const directory = new LeaseDirectory(`${path}.lease`, options.fs, options.files);
    const record: OwnerRecord = { owner, kind: 'lease', token: randomUUID() };
    const lock = new LeaseLock(path, record, directory, options);
    if (!(await lock.lock())) return undefined;
    try {
      if ((await options.admit?.(textOf(path, options.files))) ?? true) {
        writeRecord(path, record, options.files);
        lock.#recorded = true;
        return lock;
      }
    } catch (error) {
      await lock.release();
      throw error;
    }
    await lock.release();
    return undefined;
  }

  get owner(): LockOwner {
    return this.record.owner;
  }

  /** Aborted, with the error `lock.lost`, when the loss of the lease is noticed. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Looks whether the lease is still ours and fresh enough not to be taken over in this moment.
   *
   * @throws HoldfastError `lock.lost`
   */
  assertHeld(): void {
    const reason = this.whyLost();
    if (reason === undefined) return;
    const error = lost(this.path, reason);
    this.#lost.abort(error);
    throw error;
  }

  /** Gives the lease back, if it is still ours. Safe to call twice. */
  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    try {
      if (this.#recorded && this.directory.current() !== undefined) this.writeReleased();
      await this.#release();
    } catch (error) {
      // Lost before: there is nothing of ours left to give back.
      if ((error as NodeJS.ErrnoException).code !== 'ERELEASED')
        throw fsError(error, 'release the lease', this.path);
    } finally {
      heldHere.delete(this.path);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  private async lock(): Promise<boolean> {
    const { default: properLockfile } = await import('proper-lockfile');
    try {
      this.#release = await properLockfile.lock(this.path, {
        lockfilePath: this.directory.path,
        fs: this.directory.asNodeFs(),
        // The file need not exist, and its directory was resolved above.
        realpath: false,
        // The waiting is ours: it can be cancelled.
        retries: 0,
        stale: this.staleMs,
        update: this.options.updateMs ?? this.staleMs / 6,
        onCompromised: (cause) => this.#lost.abort(lost(this.path, 'the lease was taken over', { cause })),
      });
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ELOCKED') return false;
      // Taken over while it was being made: two who find a lease stale may remove it after each other, or this process
      // was stopped meanwhile. It is another's then, so it is waited for.
      if (code === 'ENOENT' && this.directory.wasTaken) return false;
      throw fsError(error, 'make the lease', this.directory.path);
    }
  }

  private get staleMs(): number {
    return this.options.staleMs ?? LEASE_STALE_MS;
  }

  private whyLost(): string | undefined {
    const { reason } = this.signal as { reason?: HoldfastError };
    if (this.signal.aborted) return isHoldfastError(reason) ? reason.message : 'the lease was taken over';
    if (this.#released) return 'it was released';
    const directory = this.directory.current();
    if (directory === undefined) return 'the lease was taken over';
    // A quarter of the staleness is left for what is done after this look.
    if (this.now() - directory.mtimeMs > this.staleMs * 0.75) return 'the lease was not refreshed in time';
    if (parseRecord(textOf(this.path, this.options.files))?.token !== this.record.token) {
      return 'the record of its holder was removed or replaced';
    }
    return undefined;
  }

  private now(): number {
    const clock: Clock = this.options.clock ?? systemClock;
    return clock.now();
  }

  private writeReleased(): void {
    try {
      writeRecord(
        this.path,
        { ...this.record, released: new Date(this.now()).toISOString() },
        this.options.files,
      );
    } catch {
      // Only the text for the next reader is missing; the lease itself is given back below.
    }
  }
}
