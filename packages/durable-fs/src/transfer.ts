import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { FileSystem, OpenFile } from './file-system.js';

/** Bytes moved by one call of `copyRange` and of the readers built on it. */
export const CHUNK_SIZE = 1 << 20;

/** Writes all of `bytes`; a short count is continued, a count of 0 is `fs.no-space`. */
export async function writeAll(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const count = await file.write(bytes.subarray(done), position + done);
    if (count <= 0) {
      const offset = position + done;
      throw new HoldfastError('fs.no-space', `cannot write ${file.path}: no byte was accepted`, {
        path: file.path,
        offset,
      });
    }
    done += count;
  }
}

/** Fills `target` from `position` as far as the file goes; the number of bytes read, short only at the end of the file. */
export async function readFully(file: OpenFile, target: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const count = await file.read(target.subarray(done), position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** `length` bytes from `position`; `fs.short-read` when the file ends before. The caller bounds `length`. */
export async function readExactly(file: OpenFile, position: number, length: number): Promise<Buffer> {
  const target = Buffer.allocUnsafe(length);
  const count = await readFully(file, target, position);
  if (count < length) {
    const message = `${file.path} ends at byte ${position + count}, ${length - count} bytes short`;
    throw new HoldfastError('fs.short-read', message, { path: file.path, offset: position + count });
  }
  return target;
}

/** The whole of a small file; `fs.failed` when it is larger than `limit` bytes. */
export async function readSmallFile(fs: FileSystem, path: string, limit: number): Promise<Buffer> {
  const file = await fs.openRead(path);
  try {
    const { size } = await file.stat();
    if (size > limit)
      throw new HoldfastError('fs.failed', `${path} is larger than the ${limit} bytes it may have`, { path });
    return await readExactly(file, 0, size);
  } finally {
    await file.close();
  }
}

export interface CopyRange {
  readonly from: OpenFile;
  readonly to: OpenFile;
  /** First byte of the source. */
  readonly start: number;
  readonly length: number;
  /** Where the first byte goes in the target. */
  readonly at: number;
  /** Called with each chunk before it is written; it may not keep the buffer. */
  readonly onChunk?: (chunk: Uint8Array) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Copies a range in bounded memory; `fs.short-read` when the source ends before the range does. */
export async function copyRange(copy: CopyRange): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_SIZE, copy.length));
  let done = 0;
  while (done < copy.length) {
    throwIfCancelled(copy.signal);
    const chunk = buffer.subarray(0, Math.min(buffer.length, copy.length - done));
    const count = await readFully(copy.from, chunk, copy.start + done);
    if (count < chunk.length) {
      const offset = copy.start + done + count;
      throw new HoldfastError('fs.short-read', `${copy.from.path} became shorter while it was copied`, {
        path: copy.from.path,
        offset,
      });
    }
    copy.onChunk?.(chunk);
    await writeAll(copy.to, chunk, copy.at + done);
    done += count;
  }
}

/** Ends the work of an aborted signal: with its reason when that is one of ours, else `cancelled` with the reason as cause. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  if (isHoldfastError(signal.reason)) throw signal.reason;
  throw new HoldfastError('cancelled', 'stopped before it was done', { cause: signal.reason });
}
