import { createHash } from 'node:crypto';
import { type FileSystem, type OpenFile, readExactly } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';

/** Bytes at the beginning and at the end of the frozen range that are compared. */
const SAMPLE = 1 << 16;

/** What tells whether a file was overwritten in place: the digest of its beginning and of the end of the range. */
export async function fingerprint(file: OpenFile, size: number): Promise<string> {
  const length = Math.min(SAMPLE, size);
  const hash = createHash('sha256').update(await readExactly(file, 0, length));
  return hash.update(await readExactly(file, size - length, length)).digest('hex');
}

/** Whether a frozen file still has the fingerprint. */
export async function isIntact(
  fs: FileSystem,
  path: string,
  size: number,
  expected: string,
): Promise<boolean> {
  try {
    const file = await fs.openRead(path);
    try {
      return (await fingerprint(file, size)) === expected;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found') || isHoldfastError(error, 'fs.short-read')) return false;
    throw error;
  }
}
