import type { LockFiles } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { busy } from './busy-error.js';
import { type Flock, type LockMode, systemFlock } from './flock.js';
import { lost } from './lock-error.js';
import { OpenLockFile, type OpenWay, textOf } from './lock-file.js';
import { poll, type Waiting } from './polling.js';

export interface KernelLockOptions extends Waiting {
  /** Default `exclusive`. */
  readonly mode?: LockMode | undefined;
  /** Make the file when it is missing (default). Otherwise a missing file is `fs.not-found`. */
  readonly create?: boolean | undefined;
  /** Permission bits of a file that is made; default 0600. */
  readonly fileMode?: number | undefined;
  /** The way to `flock`; default: what this machine has. */
  readonly flock?: Flock | undefined;
  readonly files?: LockFiles | undefined;
}

/** How often a file that was replaced between open and lock is opened anew before the lock counts as busy. */
const REPLACED_LIMIT = 100;

/**
 * A BSD `flock` on the file under a path. It is free at once when its process ends, however it ends; a stopped or
 * busy process keeps it. The descriptor is close-on-exec; a child process inherits the lock only through
 * `runLocked`.
 *
 *     await using lock = await KernelLock.acquire(path, { wait: 5000 });
 *
 * The file stays after the release: removing it would let two processes hold "the" lock on two files.
 */
export class KernelLock implements AsyncDisposable {
  #held = true;

  private constructor(
    private readonly file: OpenLockFile,
    private readonly flock: Flock,
    readonly mode: LockMode,
  ) {}

  /**
   * @throws HoldfastError `lock.busy` (details: `pid`, `liveness` and more, as the file says), `lock.unavailable`, `lock.permission`,
   *   `lock.not-a-regular-file`, `cancelled`, or one of the `fs.` family when the file cannot be made
   */
  static async acquire(path: string, options: KernelLockOptions = {}): Promise<KernelLock> {
    const lock = await KernelLock.tryAcquire(path, options);
    if (lock !== undefined) return lock;
    throw await busy(path, textOf(path, options.files));
  }

  /** As `acquire`, but `undefined` when the lock is busy until the end of the waiting. */
  static async tryAcquire(path: string, options: KernelLockOptions = {}): Promise<KernelLock | undefined> {
    const flock = options.flock ?? (await systemFlock());
    return poll(path, options, () => attempt(path, flock, options));
  }

  /**
   * Whether anybody holds the lock exclusively. It is taken shared for some microseconds to find out; who asks for
   * it exclusively, without waiting, in that very moment finds it busy. A missing file is not made: it is free.
   *
   * @throws as `acquire`, but for `lock.busy`
   */
  static async isHeld(path: string): Promise<boolean> {
    try {
      const lock = await KernelLock.tryAcquire(path, { mode: 'shared', create: false });
      await lock?.release();
      return lock === undefined;
    } catch (error) {
      if (isHoldfastError(error, 'fs.not-found')) return false;
      throw error;
    }
  }

  /** @internal */
  static over(file: OpenLockFile, flock: Flock, mode: LockMode): KernelLock {
    return new KernelLock(file, flock, mode);
  }

  get path(): string {
    return this.file.path;
  }

  /** Descriptors that a child must inherit to hold the lock as well (`runLocked`). */
  get descriptors(): readonly number[] {
    return this.#held ? [this.file.descriptor] : [];
  }

  get held(): boolean {
    return this.#held;
  }

  /** @throws HoldfastError `lock.lost` when released, or when the file under the path is no longer the locked one */
  assertHeld(): void {
    if (!this.#held) throw lost(this.path, 'it was released');
    if (!this.file.isUnderItsPath()) throw lost(this.path, 'its file was removed or replaced');
  }

  readText(): string {
    return this.file.readText();
  }

  /** Writes over the file's text; a file too long for a lock's text is left alone. Whether it wrote. */
  writeText(text: string): boolean {
    this.assertHeld();
    return this.file.writeText(text);
  }

  /** Unlocks, then closes: a child that still has the descriptor does not keep the lock. Safe to call twice. */
  async release(): Promise<void> {
    if (!this.#held) return;
    this.#held = false;
    await this.flock.unlock(this.file.descriptor);
    this.file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

/** One look: the lock, or `undefined` when somebody else holds it. */
async function attempt(
  path: string,
  flock: Flock,
  options: KernelLockOptions,
): Promise<KernelLock | undefined> {
  const mode = options.mode ?? 'exclusive';
  for (let round = 0; round < REPLACED_LIMIT; round += 1) {
    const file = OpenLockFile.open(path, openWay(mode, options), options.files);
    let keep = false;
    try {
      if ((await flock.tryLock(file.descriptor, mode, path)) === 'busy') return undefined;
      keep = file.isUnderItsPath();
      if (keep) return KernelLock.over(file, flock, mode);
    } finally {
      if (!keep) file.close();
    }
  }
  return undefined;
}

function openWay(mode: LockMode, { create = true, fileMode = 0o600 }: KernelLockOptions): OpenWay {
  return create ? { make: true, mode: fileMode, orRead: mode === 'shared' } : { make: false };
}
