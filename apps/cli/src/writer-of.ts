import { lockForReading } from '@holdfast/backup';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import type { Context } from './context.js';

/** Who is writing to one of these places now, as one sentence; undefined: nobody. */
export async function writerOf(context: Context, places: readonly string[]): Promise<string | undefined> {
  const locking = { fs: nodeFileSystem, command: 'holdfast', signal: context.signal };
  for (const place of places) {
    try {
      await (await lockForReading(locking, place)).release();
    } catch (error) {
      if (isHoldfastError(error, 'lock.busy')) return error.message;
      if (!isHoldfastError(error, 'repository.missing')) throw error;
    }
  }
  return undefined;
}
