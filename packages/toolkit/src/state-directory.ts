import { join } from 'node:path';
import {
  type FileStat,
  type FileSystem,
  makeDirectories,
  type OpenFile,
  removeIfThere,
  writeAll,
} from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { type Flock, KernelLock } from '@holdfast/lockfile';

const LOCK_NAME = 'lock';
const PROBE_NAME = '.writable';
/** A block of most file systems. */
const PROBE_BYTES = 4096;

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
  expectOwnState(directory, await fs.stat(directory));
  // Empty: a full disk keeps no server from leaving what it had frozen.
  await probe(fs, directory, async () => {});
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

/** @throws HoldfastError `toolkit.configuration`: no directory, or one that others may read */
export function expectOwnState(directory: string, { kind, mode }: FileStat): void {
  if (kind !== 'directory')
    throw new HoldfastError('toolkit.configuration', `the state directory ${directory} is no directory`, {
      path: directory,
      hint: 'Name a directory in `state`, or a path where none is yet.',
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
}

/**
 * Writes a block to a file of it, which is removed again.
 *
 * @throws HoldfastError of the `fs.` family when it does not reach the disk
 */
export async function needRoom(fs: FileSystem, directory: string): Promise<void> {
  await probe(fs, directory, async (file) => {
    await writeAll(file, Buffer.alloc(PROBE_BYTES), 0);
    await file.sync();
  });
}

async function probe(
  fs: FileSystem,
  directory: string,
  look: (file: OpenFile) => Promise<void>,
): Promise<void> {
  const path = join(directory, PROBE_NAME);
  await removeIfThere(fs, path);
  const file = await fs.create(path, 0o600);
  try {
    await look(file);
  } finally {
    await file.close().finally(() => removeIfThere(fs, path));
  }
}
