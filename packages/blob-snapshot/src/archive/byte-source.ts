import { createGunzip, type Gunzip } from 'node:zlib';
import { CHUNK_SIZE, type OpenFile, throwIfCancelled } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { BlobEngine } from '../engine.js';

const GZIP_READ = 1 << 18;

/** The uncompressed bytes of an archive, from the first to the last, in bounded memory. */
export class ByteSource implements AsyncDisposable {
  private rest: Buffer = Buffer.alloc(0);
  #position = 0;

  private constructor(
    readonly path: string,
    private readonly file: OpenFile,
    private readonly chunks: AsyncGenerator<Buffer>,
  ) {}

  /** An archive is gzipped when it begins so, whatever its name says. */
  static async open({ fs, signal }: Pick<BlobEngine, 'fs' | 'signal'>, path: string): Promise<ByteSource> {
    const file = await fs.openRead(path);
    try {
      const magic = Buffer.alloc(2);
      const gzipped = (await file.read(magic, 0)) === 2 && magic[0] === 0x1f && magic[1] === 0x8b;
      return new ByteSource(path, file, gzipped ? unzip(file, signal) : plain(file, signal));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Uncompressed bytes given out so far. */
  get position(): number {
    return this.#position;
  }

  /** The next bytes, at most `most`, valid until the next call; none at the end. */
  async some(most: number): Promise<Buffer> {
    while (this.rest.length === 0) {
      const next = await this.chunks.next();
      if (next.done === true) return this.rest;
      this.rest = next.value;
    }
    const bytes = this.rest.subarray(0, most);
    this.rest = this.rest.subarray(bytes.length);
    this.#position += bytes.length;
    return bytes;
  }

  /** Exactly so many bytes. @throws HoldfastError `blobs.damaged` where the archive ends before */
  async exactly(length: number): Promise<Buffer> {
    const first = await this.some(length);
    if (first.length === length) return first;
    const whole = Buffer.allocUnsafe(length);
    let done = first.copy(whole);
    while (done < length) {
      const more = await this.some(length - done);
      if (more.length === 0) throw this.cutOff();
      done += more.copy(whole, done);
    }
    return whole;
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      const { length: count } = await this.some(left);
      if (count === 0) throw this.cutOff();
      left -= count;
    }
  }

  /** Reads what follows the archive's end, so that a damaged end of the compressed file is seen. */
  async drain(): Promise<void> {
    while ((await this.some(CHUNK_SIZE)).length > 0);
  }

  cutOff(): HoldfastError {
    return this.damaged('it ends before it is whole');
  }

  damaged(what: string, offset = this.position): HoldfastError {
    const { path } = this;
    return new HoldfastError('blobs.damaged', `the archive ${path} is damaged: ${what}`, { path, offset });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.chunks.return(undefined);
    await this.file.close();
  }
}

async function* plain(
  file: OpenFile,
  signal: AbortSignal | undefined,
  size = CHUNK_SIZE,
): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(size);
  for (let position = 0; ; ) {
    throwIfCancelled(signal);
    const count = await file.read(buffer, position);
    if (count === 0) return;
    position += count;
    yield buffer.subarray(0, count);
  }
}

async function* unzip(file: OpenFile, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: GZIP_READ });
  let offset = 0;
  const out: Buffer[] = [];
  gunzip.on('data', (chunk: Buffer) => out.push(chunk));
  try {
    for await (const chunk of plain(file, signal, GZIP_READ)) {
      await feed(gunzip, chunk);
      offset += chunk.length;
      yield* out.splice(0);
    }
    await finish(gunzip);
    yield* out.splice(0);
  } catch (error) {
    if (isHoldfastError(error)) throw error;
    const reason =
      (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR'
        ? 'it is cut off'
        : 'its compressed data are damaged';
    throw new HoldfastError('blobs.damaged', `the archive ${file.path} is damaged: ${reason}`, {
      path: file.path,
      offset,
      cause: error,
    });
  } finally {
    gunzip.destroy();
  }
}

function feed(gunzip: Gunzip, chunk: Buffer): Promise<void> {
  return settle(gunzip, (done) => gunzip.write(chunk, (error) => done(error ?? undefined)));
}

function finish(gunzip: Gunzip): Promise<void> {
  return settle(gunzip, (done) => {
    gunzip.once('end', () => done());
    gunzip.end();
  });
}

/** An error of the stream ends the waiting also where the call's own callback never comes. */
function settle(gunzip: Gunzip, start: (done: (error?: Error) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    gunzip.once('error', reject);
    start((error) => {
      gunzip.off('error', reject);
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}
