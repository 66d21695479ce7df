import { createGunzip } from 'node:zlib';
import { CHUNK_SIZE, type FileSystem, readFully, throwIfCancelled } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { Header } from 'tar-stream';

export interface ArchiveEntry {
  /** Checked: relative, without `.` and `..`, `/` between the parts. */
  readonly name: string;
  readonly kind: 'file' | 'directory';
  readonly mode: number;
  readonly mtimeMs: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** To be read to its end before the next entry. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * The entries of a gzipped tar archive, one after the other, in bounded memory. Names that lead elsewhere, and everything
 * that is no regular file and no directory, are refused.
 *
 * @throws HoldfastError `directorystorage.archive`, `cancelled`, or one of the `fs.` family
 */
export async function* readArchive(
  fs: FileSystem,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<ArchiveEntry> {
  const { extract } = await import('tar-stream');
  const entries = extract();
  const gunzip = createGunzip();
  const feeding = feed(fs, path, gunzip, signal);
  // Its error comes out of the entries, which it destroys.
  feeding.catch((error: unknown) => gunzip.destroy(error as Error));
  gunzip.on('error', (error) => entries.destroy(error));
  gunzip.pipe(entries as never);
  try {
    for await (const entry of entries)
      yield asEntry(entry.header, entry as unknown as AsyncIterable<Uint8Array>, path);
    await feeding;
  } catch (error) {
    if (isHoldfastError(error)) throw error;
    throw damaged(path, `cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  } finally {
    gunzip.destroy();
    entries.destroy();
    await feeding.catch(() => {});
  }
}

async function feed(
  fs: FileSystem,
  path: string,
  gunzip: ReturnType<typeof createGunzip>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = await fs.openRead(path, { followSymlinks: true });
  try {
    for (let at = 0; !gunzip.destroyed; ) {
      throwIfCancelled(signal);
      const chunk = Buffer.allocUnsafe(CHUNK_SIZE);
      const count = await readFully(file, chunk, at);
      if (count === 0) break;
      at += count;
      if (!gunzip.write(chunk.subarray(0, count))) await drained(gunzip);
    }
    if (!gunzip.destroyed) gunzip.end();
  } finally {
    await file.close();
  }
}

function drained(stream: ReturnType<typeof createGunzip>): Promise<void> {
  return new Promise((resolve) => {
    stream.once('drain', resolve).once('close', resolve);
  });
}

function asEntry(header: Header, content: AsyncIterable<Uint8Array>, path: string): ArchiveEntry {
  const { type, mode, mtime, uid, gid, size } = header;
  const name = header.name.replace(/^\.\//, '').replace(/\/$/, '');
  if (type !== 'file' && type !== 'directory' && type !== 'contiguous-file')
    throw damaged(path, `holds a ${type} under the name ${name}`);
  if (!isSafe(name)) throw damaged(path, `holds a name that leads elsewhere: ${header.name}`);
  const kind = type === 'directory' ? 'directory' : 'file';
  return { name, kind, mode: mode & 0o777, mtimeMs: mtime.getTime(), uid, gid, size, content };
}

function isSafe(name: string): boolean {
  if (/[\0\\]/.test(name)) return false;
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

export function damaged(path: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError('directorystorage.archive', `${path} ${what}`, { path, cause });
}
