import { createGzip, type Gzip } from 'node:zlib';
import { AtomicFile, type FileSystem } from '@holdfast/durable-fs';

const GATHER = 1 << 18;

/** Bytes that become a file, perhaps compressed, in bounded memory; it has its name only when it is published. */
export class ArchiveFile implements AsyncDisposable {
  private gathered: Buffer[] = [];
  private gatheredBytes = 0;
  private readonly gzip: Gzip | undefined;
  private readonly compressed: Buffer[] = [];
  private failure: Error | undefined;

  private constructor(
    private readonly file: AtomicFile,
    gzip: boolean,
  ) {
    if (!gzip) return;
    this.gzip = createGzip({ chunkSize: GATHER });
    this.gzip.on('data', (chunk: Buffer) => this.compressed.push(chunk));
    this.gzip.on('error', (error) => {
      this.failure = error;
    });
  }

  static async create(
    fs: FileSystem,
    path: string,
    options: { readonly gzip: boolean; readonly mtimeMs: number },
  ): Promise<ArchiveFile> {
    return new ArchiveFile(await AtomicFile.create(fs, path, { mtimeMs: options.mtimeMs }), options.gzip);
  }

  /** The bytes may be used again when it returns. */
  async write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    if (bytes.length >= GATHER) {
      await this.flush();
      return await this.pass(bytes);
    }
    this.gathered.push(Buffer.from(bytes));
    this.gatheredBytes += bytes.length;
    if (this.gatheredBytes >= GATHER) await this.flush();
  }

  /** All bytes are there: makes the file durable, still without its name. */
  async seal(): Promise<void> {
    await this.flush();
    const { gzip } = this;
    if (gzip !== undefined) {
      await new Promise<void>((resolve, reject) => {
        gzip.once('end', resolve).once('error', reject);
        gzip.end();
      });
      await this.append();
    }
    await this.file.seal();
  }

  async publish(): Promise<void> {
    await this.file.publish();
  }

  /** Removes what was not published; safe to call at any time and twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.gzip?.destroy();
    await this.file.dispose();
  }

  private async flush(): Promise<void> {
    const bytes = this.gathered.length === 1 ? this.gathered[0]! : Buffer.concat(this.gathered);
    this.gathered = [];
    this.gatheredBytes = 0;
    if (bytes.length > 0) await this.pass(bytes);
  }

  private async pass(bytes: Buffer): Promise<void> {
    const { gzip } = this;
    if (gzip === undefined) return await this.file.append(bytes);
    await new Promise<void>((resolve, reject) => {
      gzip.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
    await this.append();
  }

  private async append(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    for (const chunk of this.compressed.splice(0)) await this.file.append(chunk);
  }
}
