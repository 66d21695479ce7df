import { type FileSystem, nodeFileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { readProc } from './process-identity.js';

/** No process has so many open files; a bound on what is read of /proc. */
const FDINFO_LIMIT = 4096;

/**
 * The processes that hold a `flock` on a file, whatever its text says: those whose open file carries it, so also
 * a child that inherited it (proc(5), /proc/PID/fdinfo, `lock:`). Only processes that this user may look into.
 */
export async function flockHolders(
  path: string,
  fs: FileSystem = nodeFileSystem,
): Promise<readonly number[]> {
  const real = await fs.realPath(path).catch(() => undefined);
  if (real === undefined) return [];
  const holders: number[] = [];
  for (const { name } of await listOrNothing(fs, '/proc')) {
    if (/^\d+$/.test(name) && (await holdsFlock(fs, name, real))) holders.push(Number(name));
  }
  return holders.sort((a, b) => a - b);
}

async function holdsFlock(fs: FileSystem, pid: string, path: string): Promise<boolean> {
  for (const { name } of await listOrNothing(fs, `/proc/${pid}/fd`)) {
    const target = await fs.readLink(`/proc/${pid}/fd/${name}`).catch(() => undefined);
    if (target !== path) continue;
    const info = await readProc(`/proc/${pid}/fdinfo/${name}`, FDINFO_LIMIT, fs);
    if (info !== undefined && /^lock:.*\bFLOCK\b/m.test(info)) return true;
  }
  return false;
}

async function listOrNothing(fs: FileSystem, path: string): Promise<readonly { readonly name: string }[]> {
  try {
    return await fs.readDirectory(path);
  } catch (error) {
    // Another user's process, or one that has ended meanwhile.
    if (isHoldfastError(error)) return [];
    throw error;
  }
}
