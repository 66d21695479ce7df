import { createGzip } from 'node:zlib';
import {
  AtomicFile,
  type BulkReads,
  CHUNK_SIZE,
  type FileStat,
  type FileSystem,
  type OpenFile,
  readFully,
} from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { Header, Pack } from 'tar-stream';
import { headerFields } from './archive-metadata.js';

export interface ArchiveSource {
  readonly fs: FileSystem;
  readonly bulk: BulkReads;
  /** What the names in the archive are relative to. */
  readonly directory: string;
}

/** Archives hold `config` with its passwords: they are for their owner alone. */
const ARCHIVE_MODE = 0o600;
/** What is larger is read in pieces. */
const AT_ONCE = 1 << 20;

type EntryHeader = Omit<Header, 'linkname' | 'uname' | 'gname' | 'devmajor' | 'devminor'>;

/**
 * A gzipped ustar archive (with pax headers where an owner, a time or a name does not fit) that appears under its name only when it is whole.
 *
 *     await using archive = await ArchiveWriter.create(source, path);
 *     await archive.addFile('A/x/oid');
 *     await archive.seal();     // durable, still without its name
 *     await archive.publish();
 */
export class ArchiveWriter implements AsyncDisposable {
  /** Files added so far. */
  files = 0;
  /** Bytes of these files. */
  bytes = 0;
  private readonly gzip = createGzip();
  /** Ends when the archive is finished; before that it can only fail. */
  private readonly writing: Promise<void>;

  private constructor(
    private readonly source: ArchiveSource,
    private readonly file: AtomicFile,
    private readonly tar: Pack,
  ) {
    // What ends them early is told by `writing`.
    this.tar.on('error', () => {});
    this.gzip.on('error', () => {});
    // `pipe` of streamx ends the target at its end.
    this.tar.pipe(this.gzip as never);
    this.writing = this.write();
    this.writing.catch(() => {});
  }

  static async create(source: ArchiveSource, path: string): Promise<ArchiveWriter> {
    const { pack } = await import('tar-stream');
    return new ArchiveWriter(
      source,
      await AtomicFile.create(source.fs, path, { mode: ARCHIVE_MODE }),
      pack(),
    );
  }

  /** Bytes of the archive, once it is sealed. */
  get size(): number {
    return this.file.size;
  }

  /** A directory without what is in it. */
  async addDirectory(name: string, stat: FileStat): Promise<void> {
    await this.entry({ ...headerOf(name, stat), type: 'directory', size: 0 });
  }

  /**
   * @param name path of a regular file below the source's directory, which is its name in the archive
   * @param path where it lies in truth, when a link stands at its name
   */
  async addFile(name: string, path = `${this.source.directory}/${name}`): Promise<void> {
    const stat = this.source.bulk.lstat(path);
    if (stat === undefined) throw gone(path);
    const header: EntryHeader = { ...headerOf(name, stat), type: 'file', size: stat.size };
    if (stat.size > AT_ONCE) await this.addLarge(path, header);
    else await this.addSmall(path, header);
    this.files += 1;
    this.bytes += stat.size;
  }

  async seal(): Promise<void> {
    this.tar.finalize();
    await this.writing;
    await this.file.seal();
  }

  async publish(): Promise<void> {
    await this.file.publish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.tar.destroy(null);
    this.gzip.destroy();
    await this.writing.catch(() => {});
    await this.file.dispose();
  }

  private async addSmall(path: string, header: EntryHeader): Promise<void> {
    const bytes = this.source.bulk.readFile(path, AT_ONCE);
    if (bytes === undefined) throw gone(path);
    if (bytes.length !== header.size) throw changed(path);
    await this.entry(header, Buffer.from(bytes));
  }

  private async addLarge(path: string, header: EntryHeader): Promise<void> {
    const file = await this.source.fs.openRead(path);
    try {
      await this.orFailed(() => this.pour(file, header));
    } finally {
      await file.close();
    }
  }

  private async pour(file: OpenFile, header: EntryHeader): Promise<void> {
    let done: () => void = () => {};
    const whole = new Promise<void>((resolve) => {
      done = resolve;
    });
    const sink = this.tar.entry(header, done);
    sink.on('error', () => {});
    for (let at = 0; at < header.size; ) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_SIZE, header.size - at));
      if ((await readFully(file, chunk, at)) < chunk.length) throw changed(file.path);
      at += chunk.length;
      if (sink.destroyed) throw new HoldfastError('internal', 'an archive was closed while it was written');
      if (!sink.write(chunk)) await new Promise<void>((resolve) => sink.once('drain', resolve));
    }
    sink.end(undefined);
    await whole;
  }

  private entry(header: EntryHeader, content?: Buffer): Promise<void> {
    return this.orFailed(
      () =>
        new Promise((resolve, reject) => {
          const done = (error?: Error | null) => (error == null ? resolve() : reject(error));
          if (content === undefined) this.tar.entry(header, done);
          else this.tar.entry(header, content, done);
        }),
    );
  }

  /** A full disk stops the stream: nothing that waits for it would ever end, and the disk's error is the one to tell. */
  private async orFailed(work: () => Promise<void>): Promise<void> {
    try {
      await Promise.race([work(), this.writing]);
    } catch (error) {
      if (!isHoldfastError(error) || isHoldfastError(error, 'internal')) await this.writing;
      throw error;
    }
  }

  private async write(): Promise<void> {
    for await (const chunk of this.gzip) await this.file.append(chunk as Buffer);
  }
}

function headerOf(name: string, stat: FileStat) {
  return { name, mode: stat.mode & 0o777, ...headerFields(stat) };
}

function gone(path: string): HoldfastError {
  return new HoldfastError('directorystorage.damaged', `${path} is missing`, { path });
}

function changed(path: string): HoldfastError {
  return new HoldfastError('source.changing', `${path} changed while it was read, though it was frozen`, {
    path,
  });
}
