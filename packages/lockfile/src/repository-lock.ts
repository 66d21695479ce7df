import { join } from 'node:path';
import { isHoldfastError } from '@holdfast/errors';
import { busy } from './busy-error.js';
import { flockReachesEveryHost } from './flock-reach.js';
import { HeldRepository, type RepositoryLock } from './held-repository.js';
import { KernelLock } from './kernel-lock.js';
import { leaseIsFresh } from './lease-directory.js';
import { LeaseLock } from './lease-lock.js';
import { textOf } from './lock-file.js';
import { describeOwner, formatRecord, type OwnerRecord, parseRecord } from './owner-record.js';
import { poll } from './polling.js';
import { livenessOf } from './process-identity.js';

export const REPOSITORY_LOCK_NAME = '.holdfast.lock';

export interface RepositoryLockOptions {
  /** What is being done, for the one who finds the repository busy. */
  readonly command: string;
  /** Milliseconds to wait for a busy lock; default: not at all. */
  readonly waitMs?: number | undefined;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Several readers at once; under a lease, which knows no readers, they take turns. */
  readonly shared?: boolean | undefined;
  /** Default `.holdfast.lock`. */
  readonly name?: string | undefined;
  /** Default `auto`: the kernel lock where there is one, the lease where there is none or where it stays on this host. */
  readonly kind?: 'auto' | 'kernel' | 'lease' | undefined;
}

/**
 * Locks a backup repository.
 *
 * @throws HoldfastError `lock.busy` naming the holder (details: `owner`, `liveness`), `cancelled`,
 *   `lock.unavailable` (only with kind `kernel`), `lock.permission`, `lock.not-a-regular-file`, or of the `fs.` family
 */
export async function lockRepository(
  directory: string,
  options: RepositoryLockOptions,
): Promise<RepositoryLock> {
  const path = join(directory, options.name ?? REPOSITORY_LOCK_NAME);
  const plan = await planLock(directory, options);
  const waiting = { wait: options.waitMs, signal: options.signal };
  const lock = await poll(path, waiting, () => attempt(path, plan, options));
  if (lock === undefined) throw await busy(path, textOf(path));
  return lock;
}

interface Plan {
  readonly kernel: 'required' | 'wanted' | 'no';
  readonly lease: 'always' | 'without-kernel' | 'no';
}

async function planLock(directory: string, { kind = 'auto' }: RepositoryLockOptions): Promise<Plan> {
  if (kind === 'kernel') return { kernel: 'required', lease: 'no' };
  if (kind === 'lease') return { kernel: 'no', lease: 'always' };
  return { kernel: 'wanted', lease: (await flockReachesEveryHost(directory)) ? 'without-kernel' : 'always' };
}

async function attempt(
  path: string,
  plan: Plan,
  options: RepositoryLockOptions,
): Promise<RepositoryLock | undefined> {
  const kernel = await tryKernel(path, plan, options);
  if (kernel === 'busy') return undefined;
  try {
    if (plan.lease === 'always' || (plan.lease === 'without-kernel' && kernel === 'none')) {
      const lease = await tryLease(path, kernel, options);
      if (lease !== undefined)
        return new HeldRepository(path, kernel === 'none' ? undefined : kernel, lease, undefined);
    } else if (kernel !== 'none') {
      const held = await underKernelLock(path, kernel, options);
      if (held !== undefined) return held;
    }
  } catch (error) {
    if (kernel !== 'none') await kernel.release();
    throw error;
  }
  if (kernel !== 'none') await kernel.release();
  return undefined;
}

/**
 * A process without kernel locks may hold the lease. It is looked for before our record is written, so that the
 * record of its holder stays, and again after, because it may have come meanwhile without seeing ours.
 */
async function underKernelLock(
  path: string,
  kernel: KernelLock,
  { command, shared }: RepositoryLockOptions,
): Promise<HeldRepository | undefined> {
  if (leaseIsFresh(`${path}.lease`)) return undefined;
  if (shared === true) return new HeldRepository(path, kernel, undefined, undefined);
  const owner = await describeOwner(command);
  writeRecord(kernel, { owner, kind: 'kernel' });
  return leaseIsFresh(`${path}.lease`) ? undefined : new HeldRepository(path, kernel, undefined, owner);
}

async function tryKernel(
  path: string,
  { kernel }: Plan,
  { shared }: RepositoryLockOptions,
): Promise<KernelLock | 'busy' | 'none'> {
  if (kernel === 'no') return 'none';
  try {
    const lock = await KernelLock.tryAcquire(path, { mode: shared === true ? 'shared' : 'exclusive' });
    return lock ?? 'busy';
  } catch (error) {
    if (kernel === 'wanted' && isHoldfastError(error, 'lock.unavailable')) return 'none';
    throw error;
  }
}

function tryLease(
  path: string,
  kernel: KernelLock | 'none',
  { command }: RepositoryLockOptions,
): Promise<LeaseLock | undefined> {
  // Looked at after the lease is made, while a holder of the kernel lock writes its record before it looks for a
  // lease: so of two that come at once, one at least sees the other.
  const admit = async (text: string) => kernel !== 'none' || !(await holdsKernelLock(parseRecord(text)));
  return LeaseLock.tryAcquire(path, { command, admit });
}

/** Whether a record without lease is of a process that may still hold the kernel lock that this one cannot see. */
async function holdsKernelLock(record: OwnerRecord | undefined): Promise<boolean> {
  if (record === undefined || record.kind !== 'kernel' || record.released !== undefined) return false;
  const liveness = await livenessOf(record.owner);
  return liveness === 'alive' || liveness === 'unknown';
}

/** The record is for people: on a full disk, where old backups must still be prunable, the lock does without. */
function writeRecord(kernel: KernelLock, record: OwnerRecord): void {
  try {
    kernel.writeText(formatRecord(record));
  } catch (error) {
    if (!isHoldfastError(error, 'fs.no-space')) throw error;
  }
}
