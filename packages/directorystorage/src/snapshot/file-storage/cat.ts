import { CHUNK_SIZE, type FileSystem, readExactly, throwIfCancelled } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { SurroundingFile } from './frozen-environment.js';

/**
 * The frozen bytes, exactly, in pieces.
 *
 * @throws HoldfastError `snapshot.lost` when they are not there any more
 */
export async function* frozenBytes(
  fs: FileSystem,
  { path, size }: Pick<SurroundingFile, 'path' | 'size'>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    const file = await fs.openRead(path);
    try {
      for (let at = 0; at < size; ) {
        throwIfCancelled(signal);
        const chunk = await readExactly(file, at, Math.min(CHUNK_SIZE, size - at));
        yield chunk;
        at += chunk.length;
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!isHoldfastError(error, 'fs.not-found') && !isHoldfastError(error, 'fs.short-read')) throw error;
    throw new HoldfastError(
      'snapshot.lost',
      `the frozen file ${path} is gone, or shorter than ${size} bytes`,
      {
        path,
        cause: error,
      },
    );
  }
}
