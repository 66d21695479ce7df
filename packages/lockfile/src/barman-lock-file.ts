import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { KernelLock } from './kernel-lock.js';
import { readTextOf } from './lock-file.js';
import { absolutePath, baseName, directoryName } from './python-path.js';

/** The lock is held by another process. */
export class LockFileBusy extends HoldfastError {
  constructor(filename: string, cause?: HoldfastError) {
    const message = cause?.message ?? `${filename} is locked by another process`;
    super('lock.busy', message, { path: filename, cause, details: cause?.details });
  }
}

/** This user may not open or make the lock file. */
export class LockFilePermissionDenied extends HoldfastError {
  constructor(filename: string, cause?: unknown) {
    super('lock.permission', `cannot open the lock file ${filename}: permission denied`, {
      path: filename,
      cause,
    });
  }
}

/** The lock is held, but its file does not say by which process. */
export class LockFileParsingError extends HoldfastError {
  constructor(filename: string, line: string) {
    super('lock.owner-unreadable', `${filename} does not begin with a process id`, {
      path: filename,
      details: { line: line.slice(0, 100) },
    });
  }
}

export interface AcquireOptions {
  /** Throw when the lock cannot be had (else: false). Default: as the object was made, true. */
  readonly raiseIfFail?: boolean | undefined;
  /** Wait while it is busy: true for ever, or milliseconds. Default: as the object was made. */
  readonly wait?: boolean | number | undefined;
  /** Write our pid into the file. Default true. */
  readonly updatePid?: boolean | undefined;
  /** Ends the waiting with the error `cancelled`. */
  readonly signal?: AbortSignal | undefined;
}

/** What `buildIfMatches` needs of a class: its pattern, and a constructor of the directory and the pattern's groups. */
interface LockFileClass<T> {
  readonly LOCK_PATTERN: RegExp | undefined;
  new (...args: never[]): T;
}

/**
 * A lock on a named file, as Barman takes it: it excludes Barman's own processes and is excluded by them
 * (docs/formats/locks.md, "Barman").
 *
 *     await using lock = new ServerBackupLock('/var/lib/barman', 'main');
 *     await lock.acquire();
 */
export class LockFile implements AsyncDisposable {
  /** Fits the name of this class's files, from the start; its groups are the parameters of the constructor. */
  static readonly LOCK_PATTERN: RegExp | undefined = undefined;

  readonly filename: string;
  #lock: KernelLock | undefined;
  #acquiring: Promise<boolean> | undefined;

  constructor(
    filename: string,
    private readonly defaults: Pick<AcquireOptions, 'raiseIfFail' | 'wait'> = {},
  ) {
    this.filename = absolutePath(filename);
  }

  /** The lock of this class for a path, if the name in it fits the class's pattern. */
  static buildIfMatches<T extends LockFile>(this: LockFileClass<T>, path: string): T | undefined {
    // biome-ignore lint/complexity/noThisInStatic: the class that it is called on, not this one
    const match = this.LOCK_PATTERN?.exec(baseName(path));
    if (match === null || match === undefined) return undefined;
    // biome-ignore lint/complexity/noThisInStatic: as above
    const build = this as unknown as new (directory: string, ...parameters: string[]) => T;
    return new build(absolutePath(directoryName(path)), ...match.slice(1));
  }

  /**
   * True when the lock is held, also when it was before. When not raising, false for every reason why it is not.
   *
   * @throws LockFileBusy, LockFilePermissionDenied, or another `HoldfastError` (`lock.unavailable`,
   *   `lock.not-a-regular-file`, `cancelled`, the `fs.` family)
   */
  async acquire(options: AcquireOptions = {}): Promise<boolean> {
    if (this.#lock !== undefined) return true;
    this.#acquiring ??= this.take(options).finally(() => {
      this.#acquiring = undefined;
    });
    return this.#acquiring;
  }

  /** Frees the lock; the file stays. Does nothing when the lock is not held. */
  async release(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    await lock?.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /** Takes the lock, calls `work` with whether it was had, and frees it whatever happens. */
  async use<T>(work: (locked: boolean) => T | Promise<T>, options: AcquireOptions = {}): Promise<T> {
    const locked = await this.acquire(options);
    try {
      return await work(locked);
    } finally {
      await this.release();
    }
  }

  /**
   * The pid of the process that holds the lock, our own when this object does; `undefined` when it is free. Looking
   * makes the file when it is missing, and leaves its content.
   *
   * @throws LockFileParsingError, LockFilePermissionDenied, or a `HoldfastError` as `acquire`
   */
  async getOwnerPid(): Promise<number | undefined> {
    if (this.#lock !== undefined) return process.pid;
    const probe = new LockFile(this.filename);
    try {
      await probe.acquire({ raiseIfFail: true, wait: false, updatePid: false });
    } catch (error) {
      if (isHoldfastError(error, 'lock.busy')) return this.parseOwner();
      throw error;
    }
    await probe.release();
    return undefined;
  }

  /** Descriptors that a child must inherit to hold the lock as well (`runLocked`). */
  get descriptors(): readonly number[] {
    return this.#lock?.descriptors ?? [];
  }

  /** @throws HoldfastError `lock.lost` when not held, or when the file was removed or replaced meanwhile */
  assertHeld(): void {
    if (this.#lock === undefined) throw new HoldfastError('lock.lost', `${this.filename} is not locked`);
    this.#lock.assertHeld();
  }

  private async take(options: AcquireOptions): Promise<boolean> {
    const { raiseIfFail = this.defaults.raiseIfFail ?? true } = options;
    try {
      this.#lock = await this.lock(options);
      return true;
    } catch (error) {
      if (!raiseIfFail) return false;
      if (isHoldfastError(error, 'lock.busy')) throw new LockFileBusy(this.filename, error);
      if (isHoldfastError(error, 'lock.permission')) throw new LockFilePermissionDenied(this.filename, error);
      throw error;
    }
  }

  private async lock({
    wait = this.defaults.wait,
    updatePid = true,
    signal,
  }: AcquireOptions): Promise<KernelLock> {
    const lock = await KernelLock.acquire(this.filename, { wait: toMilliseconds(wait), signal });
    try {
      if (updatePid) lock.writeText(`${process.pid}\n`);
      return lock;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  private parseOwner(): number {
    const line = (readTextOf(this.filename).split('\n')[0] ?? '').trim();
    const pid = /^[+-]?\d+$/.test(line) ? Number(line) : Number.NaN;
    if (!Number.isSafeInteger(pid)) throw new LockFileParsingError(this.filename, line);
    return pid;
  }
}

function toMilliseconds(wait: boolean | number | undefined): number {
  if (typeof wait === 'number') return wait;
  return wait === true ? Number.POSITIVE_INFINITY : 0;
}
