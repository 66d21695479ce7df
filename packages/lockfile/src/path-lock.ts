import { busy } from './busy-error.js';
import { KernelLock, type KernelLockOptions } from './kernel-lock.js';
import { textOf } from './lock-file.js';
import { describeOwner, formatRecord, parseRecord } from './owner-record.js';

export interface PathLockOptions extends KernelLockOptions {
  /** What is being done, for the one who finds the lock busy. */
  readonly command: string;
}

/**
 * A kernel lock on any file, for a command: as `KernelLock.acquire`, and the file says who holds it, in the manner
 * of the text that is there (a record of Holdfast's, a pid as Barman or zc.lockfile write it). A file that holds
 * anything else is locked, but not written to: somebody may lock a file of data.
 *
 * @throws HoldfastError as `KernelLock.acquire`
 */
export async function lockPath(path: string, options: PathLockOptions): Promise<KernelLock> {
  const lock = await KernelLock.tryAcquire(path, options);
  if (lock === undefined) throw await busy(path, textOf(path, options.files));
  try {
    if (lock.mode === 'exclusive') await introduce(lock, options);
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function introduce(lock: KernelLock, { command, clock }: PathLockOptions): Promise<void> {
  const text = lock.readText();
  const pid = /^(\s?)\d{1,10}\s*$/.exec(text);
  if (pid !== null) lock.writeText(`${pid[1]}${process.pid}\n`);
  else if (text === '' || parseRecord(text) !== undefined) {
    lock.writeText(formatRecord({ owner: await describeOwner(command, clock), kind: 'kernel' }));
  }
}
