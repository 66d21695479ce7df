import { join } from 'node:path';
import { exists, type FileSystem, makeDirectories } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import {
  KernelLock,
  lockRepository,
  REPOSITORY_LOCK_NAME,
  type RepositoryLock,
  type Waiting,
} from '@holdfast/lockfile';

/** What stands for a lock where nothing is written. */
export const NO_LOCK: RepositoryLock = {
  kind: 'kernel',
  signal: new AbortController().signal,
  assertHeld: async () => {},
  release: async () => {},
  [Symbol.asyncDispose]: async () => {},
};

const CANNOT_LOCK: ReadonlySet<string> = new Set([
  'fs.read-only',
  'fs.permission',
  'lock.permission',
  'lock.unavailable',
]);

const CANNOT_LOCK_SOURCE: ReadonlySet<string> = new Set([
  ...CANNOT_LOCK,
  'fs.not-found',
  'fs.not-a-regular-file',
  'lock.not-a-regular-file',
]);

/** A reader may look at the lock in the moment in which cron starts the backup. */
const PATIENCE_MS = 1000;

export interface Locking {
  readonly fs: FileSystem;
  /** For the one who finds it busy: `holdfast backup`. */
  readonly command: string;
  readonly signal?: AbortSignal | undefined;
}

/** Locks a place of backups for writing, and makes it where it is missing. @throws HoldfastError `lock.busy` */
export async function lockPlace({ fs, command, signal }: Locking, place: string): Promise<RepositoryLock> {
  await makeDirectories(fs, place);
  return lockRepository(place, { command, waitMs: PATIENCE_MS, signal });
}

/**
 * Keeps a backup from changing a place under a reader. A place that is read-only is read as it is; and
 * so is one without a lock file, because one that root makes on the way would keep the site's own user out.
 *
 * @throws HoldfastError `repository.missing`, `lock.busy`
 */
export async function lockForReading(
  { fs, command, signal }: Locking,
  place: string,
  notLocked: (reason: string) => void = () => {},
): Promise<RepositoryLock> {
  if (!(await exists(fs, place))) {
    throw new HoldfastError('repository.missing', `there is no repository at ${place}`, { path: place });
  }
  if (!(await hasLockFile(fs, place))) return NO_LOCK;
  try {
    return await lockRepository(place, { command, shared: true, signal });
  } catch (error) {
    if (!isHoldfastError(error) || !CANNOT_LOCK.has(error.code)) throw error;
    notLocked(error.message);
    return NO_LOCK;
  }
}

async function hasLockFile(fs: FileSystem, place: string): Promise<boolean> {
  try {
    return await exists(fs, join(place, REPOSITORY_LOCK_NAME));
  } catch (error) {
    if (isHoldfastError(error, 'fs.permission')) return false;
    throw error;
  }
}

/**
 * One backup of a storage at a time, also into different repositories: a kernel lock on the `Data.fs` itself, which
 * no ZODB takes (it locks `Data.fs.lock`). Where the storage is missing or cannot be locked, the backup itself tells.
 *
 * @throws HoldfastError `lock.busy`
 */
export async function lockSource({ fs, signal }: Locking, datafs: string): Promise<AsyncDisposable> {
  const lock = await tryLockSource(fs, datafs, { wait: PATIENCE_MS, signal });
  if (lock !== undefined) return lock;
  throw new HoldfastError('lock.busy', `${datafs} is being backed up by another process`, { path: datafs });
}

async function tryLockSource(
  fs: FileSystem,
  datafs: string,
  waiting: Waiting,
): Promise<AsyncDisposable | undefined> {
  try {
    return await KernelLock.tryAcquire(await fs.realPath(datafs), { create: false, ...waiting });
  } catch (error) {
    if (!isHoldfastError(error) || !CANNOT_LOCK_SOURCE.has(error.code)) throw error;
    return NO_LOCK;
  }
}

/** Locks that are held together, released in the reverse order. */
export class HeldLocks implements AsyncDisposable {
  readonly #held: AsyncDisposable[] = [];
  readonly #places: RepositoryLock[] = [];

  /** Of a storage: a pack may put another file in its place at any time, so it is never asked for again. */
  addSource(lock: AsyncDisposable): void {
    this.#held.push(lock);
  }

  addPlace(lock: RepositoryLock): RepositoryLock {
    this.#held.push(lock);
    this.#places.push(lock);
    return lock;
  }

  /** @throws HoldfastError `lock.lost` where the lock of a place is not held any more */
  async assertHeld(): Promise<void> {
    for (const lock of this.#places) await lock.assertHeld();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#places.length = 0;
    for (const lock of this.#held.splice(0).reverse()) await lock[Symbol.asyncDispose]();
  }
}
