import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CHUNK_SIZE, type FileStat, type OpenFile, readFully, throwIfCancelled } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { BlobEngine } from '../engine.js';
import { type BlobDirectory, type BlobFile, fileEntry } from '../entry.js';
import type { ArchiveFile } from './archive-file.js';
import { type DumpdirName, encodeDumpdir } from './dumpdir.js';
import { memberName } from './member-name.js';
import { BLOCK, encodeHeader, padding } from './tar-header.js';

/** GNU tar fills its last record of 20 blocks. */
const RECORD = 20 * BLOCK;

/** Files up to so many bytes are read ahead. */
const READ_AHEAD = 1 << 16;

/** A file that was opened and, when it is small, read. */
export interface ReadFile {
  readonly path: string;
  readonly stat: FileStat;
  /** Undefined: it is large, and read when it is written. */
  readonly content: Buffer | undefined;
}

/** Writes the members of an archive from the files of a blob directory. */
export class TarWriter {
  private written = 0;
  private readonly buffer = Buffer.allocUnsafe(CHUNK_SIZE);

  constructor(
    private readonly engine: Pick<BlobEngine, 'fs' | 'signal'>,
    private readonly source: string,
    private readonly archive: ArchiveFile,
  ) {}

  async addDirectory(entry: BlobDirectory): Promise<void> {
    await this.write(
      encodeHeader({ ...entry, name: memberName(entry.path, true), type: 'directory', size: 0 }),
    );
  }

  /** A directory with the list of all that is in it: on restore, GNU tar removes the rest. */
  async addDumpdir(entry: BlobDirectory, names: readonly DumpdirName[]): Promise<void> {
    const content = encodeDumpdir(names);
    const name = memberName(entry.path, true);
    await this.write(encodeHeader({ ...entry, name, type: 'dumpdir', size: content.length }));
    await this.write(content);
    await this.write(padding(content.length));
  }

  /** Begins to read a file; small ones are read at once, so that the disk works while others are written. */
  read(path: string): Promise<ReadFile> {
    const reading = this.readAhead(path);
    // Whoever writes it hears of the error.
    reading.catch(() => {});
    return reading;
  }

  /**
   * Brings a file into the archive; the entry as it was read, with its digest.
   *
   * @throws HoldfastError `blobs.vanished` when it is gone, `fs.permission`, `fs.short-read` when it became shorter
   */
  async addFile({ path, stat, content }: ReadFile): Promise<BlobFile> {
    if (content === undefined) return await this.addLargeFile(path);
    const entry = await this.addHeader(path, stat);
    await this.write(content);
    await this.write(padding(content.length));
    return { ...entry, sha256: createHash('sha256').update(content).digest('base64') };
  }

  private async readAhead(path: string): Promise<ReadFile> {
    const file = await this.open(path);
    try {
      const stat = await file.stat();
      if (stat.size > READ_AHEAD) return { path, stat, content: undefined };
      const content = Buffer.allocUnsafe(stat.size);
      const count = await readFully(file, content, 0);
      if (count < content.length) throw becameShorter(file, count);
      return { path, stat, content };
    } finally {
      await file.close();
    }
  }

  private async addLargeFile(path: string): Promise<BlobFile> {
    const file = await this.open(path);
    try {
      const stat = await file.stat();
      const entry = await this.addHeader(path, stat);
      return { ...entry, sha256: await this.addContent(file, stat.size) };
    } finally {
      await file.close();
    }
  }

  private async addHeader(path: string, stat: FileStat): Promise<BlobFile> {
    const entry = fileEntry(path, stat);
    await this.write(encodeHeader({ ...entry, name: memberName(path, false), type: 'file' }));
    return entry;
  }

  async finish(): Promise<void> {
    const end = this.written + 2 * BLOCK;
    await this.write(Buffer.alloc(Math.ceil(end / RECORD) * RECORD - this.written));
  }

  private async open(path: string): Promise<OpenFile> {
    const full = join(this.source, path);
    try {
      return await this.engine.fs.openRead(full);
    } catch (cause) {
      if (!isHoldfastError(cause, 'fs.not-found')) throw cause;
      throw new HoldfastError('blobs.vanished', `${full} went away while it was backed up`, {
        path: full,
        cause,
      });
    }
  }

  private async addContent(file: OpenFile, size: number): Promise<string> {
    const hash = createHash('sha256');
    for (let done = 0; done < size; ) {
      throwIfCancelled(this.engine.signal);
      const chunk = this.buffer.subarray(0, Math.min(CHUNK_SIZE, size - done));
      const count = await readFully(file, chunk, done);
      if (count < chunk.length) throw becameShorter(file, done + count);
      hash.update(chunk);
      await this.write(chunk);
      done += count;
    }
    await this.write(padding(size));
    return hash.digest('base64');
  }

  private async write(bytes: Buffer): Promise<void> {
    this.written += bytes.length;
    await this.archive.write(bytes);
  }
}

function becameShorter({ path }: OpenFile, offset: number): HoldfastError {
  return new HoldfastError('fs.short-read', `${path} became shorter while it was backed up`, {
    path,
    offset,
  });
}
