import { type FileSystem, nodeFileSystem } from '@holdfast/durable-fs';
import { readProc } from './process-identity.js';

/** One line of /proc/self/mountinfo, proc(5). */
export interface Mount {
  readonly point: string;
  readonly type: string;
  /** Options of the file system itself, such as `local_lock=none`. */
  readonly options: readonly string[];
}

/** File systems that other machines can have mounted too, and on which `flock` may lock on this machine only. */
const NETWORK: Readonly<Record<string, (options: readonly string[]) => boolean>> = {
  nfs: nfsReaches,
  nfs4: nfsReaches,
  cifs: (options) => !options.includes('nobrl'),
  smb3: (options) => !options.includes('nobrl'),
  lustre: (options) => options.includes('flock'),
  '9p': () => false,
  vboxsf: () => false,
  virtiofs: () => false,
  afs: () => false,
  fuse: () => false,
};

/** nfs(5): `flock` is a byte-range lock at the server unless the mount keeps locks to itself. */
function nfsReaches(options: readonly string[]): boolean {
  if (options.includes('nolock')) return false;
  return !options.includes('local_lock=flock') && !options.includes('local_lock=all');
}

/** Whether a `flock` below this directory keeps out the processes of every machine that has it mounted. */
export async function flockReachesEveryHost(
  directory: string,
  fs: FileSystem = nodeFileSystem,
): Promise<boolean> {
  const text = await readProc('/proc/self/mountinfo', 1 << 20, fs);
  if (text === undefined) return true;
  const mount = mountOf(await fs.realPath(directory), parseMounts(text));
  return mount === undefined || reaches(mount);
}

export function reaches({ type, options }: Mount): boolean {
  const rule = NETWORK[type] ?? (type.startsWith('fuse.') ? NETWORK.fuse : undefined);
  return rule === undefined || rule(options);
}

/** `36 35 98:0 /root /mount/point rw,noatime master:1 - ext4 /dev/sda1 rw,errors=continue` */
export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line): Mount[] => {
    const [left = '', right] = line.split(' - ');
    const point = left.split(' ')[4];
    const [type, , options] = right?.split(' ') ?? [];
    if (point === undefined || type === undefined) return [];
    return [{ point: unescapeOctal(point), type, options: options?.split(',') ?? [] }];
  });
}

/** The mount that a resolved path lies on: the longest one above it, of equal ones the last. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    const above = mount.point === '/' || path === mount.point || path.startsWith(`${mount.point}/`);
    if (above && mount.point.length >= (found?.point.length ?? 0)) found = mount;
  }
  return found;
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
