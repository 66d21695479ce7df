import { createGunzip } from 'node:zlib';
import { CHUNK_SIZE, type FileSystem, readFully, throwIfCancelled } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { Header } from 'tar-stream';
import { metadata } from './archive-metadata.js';

/** Of a tar archive. */
const BLOCK = 512;

export interface ArchiveEntry {
  /** Checked: relative, without `.` and `..`, `/` between the parts. */
  readonly name: string;
  /** A symbolic link is a `link`; where it leads is not told. */
  readonly kind: 'file' | 'directory' | 'link';
  readonly mode: number;
  readonly mtimeMs: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** To be read to its end before the next entry. Throws as `readArchive` does. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * The entries of a gzipped tar archive, one after the other, in bounded memory. Names that lead elsewhere, everything
 * that is no regular file, no directory and no symbolic link, and an archive without its end mark are refused.
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
  const end = new EndMark();
  /** What stopped the reading; the streams behind it only say that they were stopped. */
  let failure: unknown;
  const feeding = feed(fs, path, gunzip, signal);
  feeding.catch((error: unknown) => {
    failure ??= error;
    gunzip.destroy(error as Error);
  });
  gunzip.on('error', (error) => {
    failure ??= error;
    entries.destroy(error);
  });
  gunzip.on('data', (bytes: Buffer) => end.see(bytes));
  gunzip.pipe(entries as never);
  try {
    for await (const entry of entries) {
      const { header } = entry;
      end.expectAfter(header);
      const content = contentOf(entry as unknown as AsyncIterable<Uint8Array>, (error) =>
        asDamage(path, failure ?? error, `ends within ${header.name}`),
      );
      yield asEntry(header, content, path);
    }
    await feeding;
  } catch (error) {
    throw asDamage(path, failure ?? error);
  } finally {
    gunzip.destroy();
    entries.destroy();
    await feeding.catch(() => {});
  }
  if (!end.seen) throw damaged(path, 'ends without the end mark of an archive: it was cut short');
}

async function* contentOf(
  stream: AsyncIterable<Uint8Array>,
  told: (error: unknown) => HoldfastError,
): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    throw told(error);
  }
}

function asDamage(path: string, error: unknown, stopped?: string): HoldfastError {
  if (isHoldfastError(error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const what = stopped !== undefined && code === 'STREAM_DESTROYED' ? stopped : `cannot be read: ${message}`;
  return damaged(path, what, error);
}

/** A tar archive ends with two blocks of zeros or more, which no file is part of. */
class EndMark {
  private total = 0;
  private zeros = 0;
  private lastEntryEnds = 0;

  see(bytes: Buffer): void {
    let at = bytes.length;
    while (at > 0 && bytes[at - 1] === 0) at -= 1;
    this.zeros = at === 0 ? this.zeros + bytes.length : bytes.length - at;
    this.total += bytes.length;
  }

  expectAfter(header: Header): void {
    // Where its content begins, which the types do not know of.
    const { byteOffset } = header as Header & { readonly byteOffset: number };
    const size = header.type === 'directory' ? 0 : header.size;
    this.lastEntryEnds = byteOffset + Math.ceil(size / BLOCK) * BLOCK;
  }

  get seen(): boolean {
    return this.zeros >= 2 * BLOCK && this.total - this.lastEntryEnds >= 2 * BLOCK;
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
    const done = () => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}

const KINDS: Readonly<Partial<Record<string, ArchiveEntry['kind']>>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'link',
};

function asEntry(header: Header, content: AsyncIterable<Uint8Array>, path: string): ArchiveEntry {
  const { type, mode, size } = header;
  const name = header.name.replace(/^\.\//, '').replace(/\/$/, '');
  const kind = KINDS[type];
  if (kind === undefined) throw damaged(path, `holds a ${type} under the name ${name}`);
  if (!isSafe(name)) throw damaged(path, `holds a name that leads elsewhere: ${header.name}`);
  return { name, kind, mode: mode & 0o777, ...metadata(header), size, content };
}

function isSafe(name: string): boolean {
  if (name.includes('\0')) return false;
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

export function damaged(path: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError('directorystorage.archive', `${path} ${what}`, { path, cause });
}
