import { type FileSystem, readFully } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';

/** Where file systems are mounted for this process, as proc(5) gives it in `mountinfo`. */
export interface Mounts {
  /** Undefined: this system does not say. */
  readonly points: ReadonlySet<string> | undefined;
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

/** Fifth field: the mount point, blanks written as `\040`. */
function parseMountInfo(text: string): ReadonlySet<string> {
  const points = new Set<string>();
  for (const line of text.split('\n')) {
    const point = line.split(' ')[4];
    if (point === undefined) continue;
    const path = point.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    points.add(path);
  }
  return points;
}

/** @param path without symbolic links */
export function isMountPoint({ points }: Mounts, path: string): boolean {
  return points?.has(path) ?? false;
}
