import { HoldfastError } from '@holdfast/errors';
import type { BulkCopyOptions } from './bulk-files.js';
import type { FileStat, FileSystem, OpenFile } from './file-system.js';
import { stretchesToWrite } from './holes.js';
import { settableMs } from './settable-time.js';
import { CHUNK_SIZE, readFully, throwIfCancelled, writeAll } from './transfer.js';

export interface LargeCopyOptions extends BulkCopyOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * As `BulkFiles.copyFile`, but chunk by chunk through the asynchronous seam, so that the event loop runs while a large
 * file is copied. Not synced.
 */
export async function copyLargeFile(
  fs: FileSystem,
  from: string,
  to: string,
  options: LargeCopyOptions,
): Promise<FileStat> {
  const source = await fs.openRead(from);
  try {
    const stat = await source.stat();
    const target = await fs.create(to, 0o600);
    try {
      await copyBytes(source, target, stat.size, options);
      // The owner first: a change of owner takes bits off the mode.
      if (options.owner === true) await target.chown(stat.uid, stat.gid);
      await target.chmod(options.mode ?? stat.mode & 0o777);
      const mtimeMs = settableMs(stat.mtimeMs);
      if (options.times === true) await target.utimes(mtimeMs, mtimeMs);
      await target.close();
      return stat;
    } catch (error) {
      await target.close().catch(() => {});
      await fs.unlink(to).catch(() => {});
      throw error;
    }
  } finally {
    await source.close();
  }
}

async function copyBytes(
  source: OpenFile,
  target: OpenFile,
  size: number,
  { onChunk, signal }: LargeCopyOptions,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(CHUNK_SIZE);
  let written = 0;
  for (let done = 0; ; ) {
    throwIfCancelled(signal);
    const chunk = buffer.subarray(0, await readFully(source, buffer, done));
    onChunk?.(chunk);
    for (const { start, end } of stretchesToWrite(chunk)) {
      await writeAll(target, chunk.subarray(start, end), done + start);
      written = done + end;
    }
    done += chunk.length;
    if (chunk.length === buffer.length) continue;
    if (done < size)
      throw new HoldfastError('fs.short-read', `${source.path} became shorter while it was copied`, {
        path: source.path,
        offset: done,
      });
    if (written < done) await target.truncate(done);
    return;
  }
}
