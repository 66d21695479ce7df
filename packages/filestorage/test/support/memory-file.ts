import type { FileStat, OpenFile } from '@holdfast/durable-fs';

/** Bytes as an open file; reads are counted. */
export class MemoryFile implements OpenFile {
  readonly path = 'memory.fs';
  readonly fd = -1;
  bytesRead = 0;

  constructor(public bytes: Uint8Array) {}

  async read(target: Uint8Array, position: number): Promise<number> {
    const part = this.bytes.subarray(position, position + target.length);
    target.set(part);
    this.bytesRead += part.length;
    return part.length;
  }

  async stat(): Promise<FileStat> {
    const zeros = { mode: 0o600, uid: 0, gid: 0, dev: '0', ino: '0', links: 1, mtimeMs: 0, birthtimeMs: 0 };
    return { kind: 'file', size: this.bytes.length, ...zeros };
  }

  async write(): Promise<number> {
    throw new Error('a memory file is not written');
  }
  async truncate(): Promise<void> {}
  async sync(): Promise<void> {}
  async chmod(): Promise<void> {}
  async utimes(): Promise<void> {}
  async chown(): Promise<void> {}
  async close(): Promise<void> {}
}

/** An open file whose reads are counted; for readers only. */
export class CountedFile extends MemoryFile {
  constructor(private readonly inner: OpenFile) {
    super(Buffer.alloc(0));
  }

  override async read(target: Uint8Array, position: number): Promise<number> {
    this.bytesRead += target.length;
    return this.inner.read(target, position);
  }

  override stat(): Promise<FileStat> {
    return this.inner.stat();
  }
}
