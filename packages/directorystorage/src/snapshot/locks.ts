import { dirname, join } from 'node:path';
import { type FileStat, nodeLockFiles } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { KernelLock } from '@holdfast/lockfile';

/** As zc.lockfile makes it. */
const LOCK_MODE = 0o644;

/** `misc/lock`: some process manages the tree. */
export function managerLockPath(directory: string): string {
  return join(directory, 'misc', 'lock');
}

/** `misc/sublock`: somebody may write `A`, or keeps it frozen. */
export function sublockPath(directory: string): string {
  return join(directory, 'misc', 'sublock');
}

export type Taken =
  | { readonly kind: 'taken'; readonly lock: KernelLock }
  /** `reason`: who holds it. */
  | { readonly kind: 'busy'; readonly reason: string };

/**
 * Takes a lock without writing to its file: `sign` does, once all that is needed is held. A file that this makes is one that the
 * user of the storage can open, whoever runs this.
 *
 * @param wait milliseconds for a lock that is busy
 * @throws HoldfastError of the `lock.` and `fs.` families, but for `lock.busy`
 */
export async function take(path: string, wait = 0): Promise<Taken> {
  const made = statOf(path) === undefined;
  try {
    const lock = await KernelLock.acquire(path, { fileMode: LOCK_MODE, wait });
    if (made) giveToStorage(lock);
    return { kind: 'taken', lock };
  } catch (error) {
    if (isHoldfastError(error, 'lock.busy')) return { kind: 'busy', reason: error.message };
    throw isHoldfastError(error, 'lock.permission') ? notAllowed(path, error) : error;
  }
}

/** What this process has just made, empty and under no other name: nobody else's file is given away. */
function giveToStorage({ path, descriptors: [descriptor] }: KernelLock): void {
  const user = process.geteuid?.();
  const misc = miscOf(path);
  if (descriptor === undefined || misc === undefined) return;
  try {
    const { uid, size, links } = nodeLockFiles.stat(descriptor, path);
    if (uid !== user || size > 0 || links !== 1) return;
    nodeLockFiles.give(descriptor, path, LOCK_MODE, user === 0 ? misc : undefined);
  } catch (error) {
    // The lock is held all the same.
    if (!isHoldfastError(error)) throw error;
  }
}

function miscOf(path: string): FileStat | undefined {
  const stat = statOf(dirname(path));
  return stat?.kind === 'directory' ? stat : undefined;
}

/** Undefined also where it cannot be looked at: taking the lock tells then. */
function statOf(path: string): FileStat | undefined {
  try {
    return nodeLockFiles.lstat(path);
  } catch (error) {
    if (isHoldfastError(error)) return undefined;
    throw error;
  }
}

function notAllowed(path: string, error: HoldfastError): HoldfastError {
  const [file, misc] = [statOf(path), miscOf(path)];
  if (file === undefined || misc === undefined) return error;
  const hint =
    file.uid === misc.uid
      ? `It belongs to the user with the id ${file.uid}, as the storage does: run this as that user.`
      : `It belongs to the user with the id ${file.uid}: give it to the user of the storage with \`chown ${misc.uid}:${misc.gid} ${path}\`.`;
  return new HoldfastError('lock.permission', error.message, { path, cause: error, hint });
}

/** The text that zc.lockfile writes. On a full disk it is left out: the lock counts, not its text. */
export function sign(lock: KernelLock): void {
  try {
    lock.writeText(` ${process.pid}\n`);
  } catch (error) {
    if (!isHoldfastError(error, 'fs.no-space')) throw error;
  }
}
