import { dirname } from 'node:path';
import { type FileSystem, readFully } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';

/** Mounted file systems of this process, as proc(5) gives them in `mountinfo`. */
export interface Mounts {
  /** Undefined: this system does not say. */
  readonly points: ReadonlyMap<string, { readonly readOnly: boolean }> | undefined;
}

/** Where a machine has more mounts than fit, the rest is not known of. */
const LARGEST = 512 << 10;

export async function readMounts(fs: FileSystem): Promise<Mounts> {
  try {
    const file = await fs.openRead('/proc/self/mountinfo');
    try {
      const buffer = Buffer.allocUnsafe(LARGEST);
      const count = await readFully(file, buffer, 0);
      return { points: parseMountInfo(buffer.toString('utf8', 0, count)) };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isHoldfastError(error)) return { points: undefined };
    throw error;
  }
}

/** Fifth field: the mount point, blanks written as `\040`; sixth: options of the mount. Later lines cover earlier ones. */
function parseMountInfo(text: string): ReadonlyMap<string, { readonly readOnly: boolean }> {
  const points = new Map<string, { readonly readOnly: boolean }>();
  for (const line of text.split('\n')) {
    const [own = '', ofFileSystem = ''] = line.split(' - ');
    const [, , , , point, options] = own.split(' ');
    if (point === undefined || options === undefined) continue;
    const superOptions = ofFileSystem.split(' ')[2] ?? '';
    const readOnly = `${options},${superOptions}`.split(',').includes('ro');
    const path = point.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    points.set(path, { readOnly });
  }
  return points;
}

/** @param path without symbolic links */
export function isMountPoint({ points }: Mounts, path: string): boolean {
  return points?.has(path) ?? false;
}

/** @param path without symbolic links */
export function isReadOnly({ points }: Mounts, path: string): boolean {
  for (let at = path; points !== undefined; at = dirname(at)) {
    const mount = points.get(at);
    if (mount !== undefined) return mount.readOnly;
    if (dirname(at) === at) break;
  }
  return false;
}
