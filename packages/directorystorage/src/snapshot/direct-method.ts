import { type HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { KernelLock } from '@holdfast/lockfile';
import { closeTidily } from '../direct-access.js';
import type { SnapshotEngine } from './engine.js';
import { managerLockPath, sign, sublockPath, take } from './locks.js';

export type DirectOutcome =
  /** The sublock is kept, so that nobody comes between. */
  | { readonly kind: 'entered'; readonly sublock: KernelLock }
  | { readonly kind: 'busy'; readonly reason: string }
  | { readonly kind: 'refused'; readonly error: HoldfastError };

/**
 * Direct access: both locks, then what DirectoryStorage does when it is opened and closed tidily. Where one of the locks is
 * busy nothing is touched.
 *
 * @throws HoldfastError of the `lock.` family where there are no locks, and what `closeTidily` throws of the `fs.` family
 */
export async function enterDirectly(engine: SnapshotEngine, directory: string): Promise<DirectOutcome> {
  const manager = await take(managerLockPath(directory));
  if (manager.kind === 'busy') return manager;
  await using managerLock = manager.lock;
  const sub = await take(sublockPath(directory));
  if (sub.kind === 'busy') return sub;
  let keep = false;
  try {
    sign(managerLock);
    sign(sub.lock);
    const refused = await tidy(engine, directory);
    if (refused !== undefined) return { kind: 'refused', error: refused };
    keep = true;
    return { kind: 'entered', sublock: sub.lock };
  } finally {
    if (!keep) await sub.lock.release();
  }
}

/**
 * As `closeTidily`; what is wrong with the storage is returned. The caller holds both locks.
 *
 * @throws HoldfastError of the `fs.` family
 */
export async function tidy(engine: SnapshotEngine, directory: string): Promise<HoldfastError | undefined> {
  try {
    await closeTidily({ fs: engine.fs, clock: engine.clock, signal: engine.signal }, directory);
    return undefined;
  } catch (error) {
    if (isHoldfastError(error) && error.code.startsWith('directorystorage.')) return error;
    throw error;
  }
}
