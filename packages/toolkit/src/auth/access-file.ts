import { dirname } from 'node:path';
import { type FileStat, type FileSystem, type OpenFile, readExactly } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { LONGEST_ACCESS_FILE, refusedFile } from './access-text.js';

const MISSING_HINT = '`holdfast-toolkit passwd FILE USER --roles admin` makes it, with its first user.';
const ROOT = 0;
const OTHERS = 0o077;
const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;

/** Why a file cannot be used, and what to do. */
interface Problem {
  readonly reason: string;
  readonly hint: string;
}

export interface AccessFile {
  readonly text: string;
  /** Of the file that was read. */
  readonly stat: FileStat;
}

/**
 * Reads an access file: a regular file, no link, that only its owner can read or write, and the owner is root or this user; in
 * a directory where not everybody can put another in its place.
 *
 * @param root `root may read all`: root changes it for the user whom it belongs to
 * @throws HoldfastError `toolkit.access`; its cause is `fs.not-found` where there is none
 */
export async function readAccessFile(
  fs: FileSystem,
  path: string,
  root?: 'root may read all',
): Promise<AccessFile> {
  try {
    const file = await fs.openRead(path);
    try {
      const stat = await file.stat();
      const problem =
        problemOf(path, stat, root !== undefined) ?? (await problemOfDirectory(fs, dirname(path)));
      if (problem !== undefined) throw refusedFile(path, problem.reason, problem.hint);
      return { text: await textOf(file, stat.size), stat };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!isHoldfastError(error) || error.code === 'toolkit.access') throw error;
    const hint = error.code === 'fs.not-found' ? MISSING_HINT : error.hint;
    throw refusedFile(path, error.message, hint, error);
  }
}

async function textOf(file: OpenFile, size: number): Promise<string> {
  if (size > LONGEST_ACCESS_FILE)
    throw refusedFile(
      file.path,
      `it has ${size} bytes, and may have ${LONGEST_ACCESS_FILE}`,
      'See that `access` names the right file, and remove users and comments that nobody needs.',
    );
  const bytes = await readExactly(file, 0, size);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refusedFile(file.path, 'it is not UTF-8', 'Write it as UTF-8 text.');
  }
}

function problemOf(path: string, { mode, uid }: FileStat, rootMay: boolean): Problem | undefined {
  const own = process.getuid?.() ?? uid;
  if (uid !== ROOT && uid !== own && !(rootMay && own === ROOT)) {
    const hint = `Give it to the user of the server, or to root: chown USER ${path}`;
    return { reason: 'it belongs to another user', hint };
  }
  if ((mode & OTHERS) === 0) return undefined;
  const bits = (mode & 0o777).toString(8).padStart(4, '0');
  return { reason: `others than its owner may use it (mode ${bits})`, hint: `Run: chmod 600 ${path}` };
}

async function problemOfDirectory(fs: FileSystem, directory: string): Promise<Problem | undefined> {
  const { mode } = await fs.stat(directory);
  const open = (mode & WRITABLE_BY_ALL) !== 0 && (mode & STICKY) === 0;
  return open
    ? { reason: 'every user can write to its directory', hint: `Run: chmod o-w ${directory}` }
    : undefined;
}
