import type { FileSystem } from '@holdfast/durable-fs';
import { readAccessFile } from './auth/access-file.js';
import { parseUsers } from './auth/access-text.js';

/**
 * Whom an access file names, in its order, normalised (NFC); for who changes it.
 *
 * @throws HoldfastError `toolkit.access`
 */
export async function userNames(fs: FileSystem, path: string): Promise<readonly string[]> {
  const { text } = await readAccessFile(fs, path, 'root may read all');
  return parseUsers(text, path).map(({ name }) => name);
}
