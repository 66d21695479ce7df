import type { FileStat, OpenFile } from '@holdfast/durable-fs';
import type { Call, Method } from './call.js';

/** Hands every call of an open file to the plan of its file system. */
export class FaultyFile implements OpenFile {
  constructor(
    private readonly inner: OpenFile,
    private readonly pass: <T>(call: Call, perform: (limit?: number) => Promise<T>) => Promise<T>,
    /** Closes the inner file, unless a crash has done so. */
    private readonly closeInner: () => Promise<void>,
  ) {}

  get path(): string {
    return this.inner.path;
  }

  get fd(): number {
    return this.inner.fd;
  }

  read(target: Uint8Array, position: number): Promise<number> {
    const call = this.call('read', target.length);
    return this.pass(call, (limit = target.length) => this.inner.read(target.subarray(0, limit), position));
  }

  write(bytes: Uint8Array, position: number): Promise<number> {
    const call = this.call('write', bytes.length);
    return this.pass(call, (limit = bytes.length) => this.inner.write(bytes.subarray(0, limit), position));
  }

  stat(): Promise<FileStat> {
    return this.pass(this.call('fstat'), () => this.inner.stat());
  }

  truncate(size: number): Promise<void> {
    return this.pass(this.call('truncate'), () => this.inner.truncate(size));
  }

  sync(): Promise<void> {
    return this.pass(this.call('sync'), () => this.inner.sync());
  }

  chmod(mode: number): Promise<void> {
    return this.pass(this.call('chmod'), () => this.inner.chmod(mode));
  }

  utimes(atimeMs: number, mtimeMs: number): Promise<void> {
    return this.pass(this.call('utimes'), () => this.inner.utimes(atimeMs, mtimeMs));
  }

  chown(uid: number, gid: number): Promise<void> {
    return this.pass(this.call('chown'), () => this.inner.chown(uid, gid));
  }

  /** A close that fails has closed the descriptor nevertheless, as in the kernel. */
  async close(): Promise<void> {
    try {
      await this.pass(this.call('close'), async () => {});
    } finally {
      await this.closeInner();
    }
  }

  private call(method: Method, length?: number): Call {
    return { method, path: this.path, ...(length === undefined ? {} : { length }) };
  }
}
