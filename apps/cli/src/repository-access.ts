import { join } from 'node:path';
import { exists, nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { Store } from '@holdfast/filestorage-backup';
import {
  KernelLock,
  lockRepository,
  REPOSITORY_LOCK_NAME,
  type RepositoryLock,
  type Waiting,
} from '@holdfast/lockfile';
import type { Context } from './context.js';

/** What stands for a lock where nothing is written. */
const NO_LOCK: RepositoryLock = {
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

/**
 * Keeps a backup from changing the repository under a reader. A repository that is read-only is read as it is; and
 * so is one without a lock file, because one that root makes on the way would keep the site's own user out.
 */
export async function lockForReading(
  context: Pick<Context, 'output' | 'signal'>,
  repository: string,
  command: string,
): Promise<RepositoryLock> {
  await needDirectory(repository);
  if (!(await hasLockFile(repository))) return NO_LOCK;
  try {
    return await lockRepository(repository, { command, shared: true, signal: context.signal });
  } catch (error) {
    if (!(error instanceof HoldfastError) || !CANNOT_LOCK.has(error.code)) throw error;
    context.output.detail(`not locked: ${error.message}`);
    return NO_LOCK;
  }
}

/**
 * One backup of a storage at a time, also into different repositories: a kernel lock on the `Data.fs` itself, which
 * no ZODB takes (it locks `Data.fs.lock`). Where the storage is missing or cannot be locked, the backup itself tells.
 *
 * @throws HoldfastError `lock.busy`
 */
export async function lockSource(datafs: string, waiting: Waiting): Promise<AsyncDisposable> {
  const lock = await tryLockSource(datafs, waiting);
  if (lock !== undefined) return lock;
  throw new HoldfastError('lock.busy', `${datafs} is being backed up by another process`, { path: datafs });
}

async function tryLockSource(datafs: string, waiting: Waiting): Promise<AsyncDisposable | undefined> {
  try {
    return await KernelLock.tryAcquire(await nodeFileSystem.realPath(datafs), { create: false, ...waiting });
  } catch (error) {
    if (!isHoldfastError(error) || !CANNOT_LOCK_SOURCE.has(error.code)) throw error;
    return NO_LOCK;
  }
}

const CANNOT_LOCK_SOURCE: ReadonlySet<string> = new Set([
  ...CANNOT_LOCK,
  'fs.not-found',
  'fs.not-a-regular-file',
  'lock.not-a-regular-file',
]);

/** Who is writing to the repository now, as one sentence; undefined: nobody. */
export async function writerOf(context: Context, repository: string): Promise<string | undefined> {
  try {
    await (await lockForReading(context, repository, 'holdfast')).release();
    return undefined;
  } catch (error) {
    if (isHoldfastError(error, 'lock.busy')) return error.message;
    throw error;
  }
}

/** @throws HoldfastError `repository.missing` */
async function needDirectory(repository: string): Promise<void> {
  if (await exists(nodeFileSystem, repository)) return;
  throw new HoldfastError('repository.missing', `there is no repository at ${repository}`, {
    path: repository,
  });
}

async function hasLockFile(repository: string): Promise<boolean> {
  try {
    return await exists(nodeFileSystem, join(repository, REPOSITORY_LOCK_NAME));
  } catch (error) {
    if (isHoldfastError(error, 'fs.permission')) return false;
    throw error;
  }
}

/** A lock for a dry run, and the empty repository that a first backup would make. */
export const dryLock = NO_LOCK;

export function emptyStore(location: string): Store {
  const refuse = async (): Promise<never> => {
    throw new HoldfastError('internal', 'a dry run wrote to the repository', { path: location });
  };
  return {
    location,
    list: async () => [],
    removeLeftovers: async () => [],
    open: refuse,
    create: refuse,
    move: refuse,
    remove: refuse,
  };
}
