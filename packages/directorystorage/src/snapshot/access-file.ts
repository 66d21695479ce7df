import { dirname } from 'node:path';
import { type FileStat, type FileSystem, type OpenFile, readExactly } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { parseAccess, type ZopeAccess } from '@holdfast/snapshot-conf';
import type { SnapshotLog } from './engine.js';

const LONGEST = 1 << 16;
const ROOT = 0;
const WRITABLE_BY_OTHERS = 0o002;
const READABLE_BY_OTHERS = 0o044;
const STICKY = 0o1000;

export interface AccessFile {
  readonly path: string;
  /** Who owns the storage: its password file may be owned by the same user, also when root reads it. */
  readonly storageOwner: number;
}

/**
 * Reads an access file: a regular file, no link, that only its owner and its group can write, owned by root, by this user or
 * by the owner of the storage, in a directory where not everybody can put another in its place. One that others can read is
 * used, as Zope's own often is, and warned about.
 *
 * @throws HoldfastError `snapshot.access`
 */
export async function readAccessFile(
  fs: FileSystem,
  access: AccessFile,
  log: SnapshotLog,
): Promise<ZopeAccess> {
  const { path } = access;
  try {
    const file = await fs.openRead(path);
    try {
      const stat = await file.stat();
      const problem = unsafe(stat, access) ?? (await unsafeDirectory(fs, path));
      if (problem !== undefined) throw refused(path, problem);
      if ((stat.mode & READABLE_BY_OTHERS) !== 0) {
        log.warn(`${path} holds a password and can be read by other users: chmod 600 ${path}`);
      }
      return parseAccess(await textOf(file, stat.size), path);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!isHoldfastError(error) || error.code === 'snapshot.access') throw error;
    throw refused(path, error.message, error);
  }
}

async function textOf(file: OpenFile, size: number): Promise<string> {
  return (await readExactly(file, 0, Math.min(size, LONGEST))).toString('utf8');
}

function unsafe({ mode, uid }: FileStat, { storageOwner }: AccessFile): string | undefined {
  if ((mode & WRITABLE_BY_OTHERS) !== 0) return 'every user can write it';
  const own = process.getuid?.() ?? uid;
  if (uid === ROOT || uid === own || uid === storageOwner) return undefined;
  return 'it belongs to another user';
}

async function unsafeDirectory(fs: FileSystem, path: string): Promise<string | undefined> {
  const { mode } = await fs.stat(dirname(path));
  return (mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0
    ? 'every user can write to its directory'
    : undefined;
}

function refused(path: string, reason: string, cause?: unknown): HoldfastError {
  return new HoldfastError('snapshot.access', `the access file ${path} cannot be used: ${reason}`, {
    path,
    cause,
  });
}
