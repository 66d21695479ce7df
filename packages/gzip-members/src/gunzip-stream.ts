import { createGunzip, type Gunzip } from 'node:zlib';
import { damaged } from './damaged.js';

/** Compressed bytes given to zlib at once; the offset of an error is known to this many bytes. */
const SLICE = 64 << 10;
/** Decompressed bytes handed out at once. */
const OUTPUT = 256 << 10;

/**
 * Decompresses any gzip file as one stream: one huge member or many, whoever wrote them. Memory does not grow with
 * the file. `gzip.damaged` with the offset in the compressed file, at most 64 KiB before the damage: for data that
 * does not decompress, for a file that ends too early (an empty one too), and for anything but zero bytes after the
 * last member. An error of `source` passes through; `source` is closed when the output is no longer wanted.
 */
export async function* gunzipStream(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: OUTPUT });
  const wanted = new AbortController();
  const feeding = feed(source, gunzip, wanted.signal);
  // The feeder's own error ends the output with it.
  feeding.catch((error: Error) => gunzip.destroy(error));
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
    await feeding;
  } catch (error) {
    throw isDamage(error)
      ? damaged(`not a whole gzip file: ${error.message}`, gunzip.bytesWritten, error)
      : error;
  } finally {
    wanted.abort();
    gunzip.destroy();
    await feeding.catch(() => {});
  }
}

/** Gives the source to zlib slice by slice; what zlib leaves of it is padding, which must be zero. */
async function feed(source: AsyncIterable<Uint8Array>, gunzip: Gunzip, wanted: AbortSignal): Promise<void> {
  const closed = new Promise<void>((resolve) => gunzip.once('close', resolve));
  let fed = 0;
  let padding = false;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += SLICE) {
      const slice = chunk.subarray(at, at + SLICE);
      if (!padding) {
        // A closed stream may never call back a write that waits for room on the output side.
        await Promise.race([new Promise<void>((resolve) => gunzip.write(slice, () => resolve())), closed]);
        padding = gunzip.bytesWritten < fed + slice.length;
      }
      if (wanted.aborted || gunzip.errored) return;
      if (padding) checkPadding(slice, fed, Math.max(0, gunzip.bytesWritten - fed));
      fed += slice.length;
    }
  }
  gunzip.end();
}

/** `slice` begins at byte `fed` of the file; the padding begins at byte `start` of the slice. */
function checkPadding(slice: Uint8Array, fed: number, start: number): void {
  const index = slice.subarray(start).findIndex((byte) => byte !== 0);
  if (index >= 0) throw damaged('bytes that are not gzip follow a gzip file', fed + start + index);
}

function isDamage(error: unknown): error is NodeJS.ErrnoException {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'Z_DATA_ERROR' || code === 'Z_BUF_ERROR';
}
