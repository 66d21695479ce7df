import { join } from 'node:path';
import { type FileSystem, makeDirectories, removeIfThere } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { type Flock, KernelLock } from '@holdfast/lockfile';

const LOCK_NAME = 'lock';
const PROBE_NAME = '.writable';

/**
 * The directory of what survives a restart, for this server alone: made where it is missing, and locked until the lock is
 * released.
 *
 * @param flock default: what this machine has
 * @throws HoldfastError `toolkit.busy` (another server has it), `lock.unavailable` (no kernel locks on its file system: they would
 *   guard no storage either), `toolkit.configuration` (others may read it), and of the `fs.` family when it cannot be written
 */
export async function claimState(fs: FileSystem, directory: string, flock?: Flock): Promise<KernelLock> {
  await makeDirectories(fs, directory, 0o700);
  const { kind, mode } = await fs.stat(directory);
  if (kind !== 'directory')
    throw new HoldfastError('toolkit.configuration', `the state directory ${directory} is no directory`, {
      path: directory,
    });
  if ((mode & 0o027) !== 0)
    throw new HoldfastError(
      'toolkit.configuration',
      `others can read or write the state directory ${directory}`,
      {
        path: directory,
        hint: `It is for the server alone: chmod 700 ${directory}`,
      },
    );
  await needWritable(fs, directory);
  const path = join(directory, LOCK_NAME);
  const lock = await KernelLock.tryAcquire(path, { flock });
  if (lock === undefined)
    throw new HoldfastError('toolkit.busy', `another server uses the state directory ${directory}`, {
      path: directory,
      hint: 'Each server has a state directory of its own; stop the other one, or give this one another.',
    });
  try {
    if (!(await KernelLock.isHeld(path)))
      throw new HoldfastError('lock.unavailable', `kernel locks do not exclude each other in ${directory}`, {
        path: directory,
      });
    lock.writeText(`${process.pid}\n`);
  } catch (error) {
    await lock.release();
    throw error;
  }
  return lock;
}

/** @throws HoldfastError of the `fs.` family when no file can be made in it */
export async function needWritable(fs: FileSystem, directory: string): Promise<void> {
  const probe = join(directory, PROBE_NAME);
  await removeIfThere(fs, probe);
  await (await fs.create(probe, 0o600)).close();
  await removeIfThere(fs, probe);
}
