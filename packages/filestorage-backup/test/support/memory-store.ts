import { HoldfastError } from '@holdfast/errors';
import type { Publication, Store, StoredFile, StoredReader } from '../../src/index.js';

/** A store as an object store behaves: no directory, no rename, every publication one put. */
export class MemoryStore implements Store {
  readonly location = 'memory:';
  private readonly files = new Map<string, { readonly bytes: Buffer; readonly modifiedMs: number }>();

  async list(): Promise<readonly StoredFile[]> {
    return [...this.files].map(([name, { bytes, modifiedMs }]) => ({ name, size: bytes.length, modifiedMs }));
  }

  async open(name: string): Promise<StoredReader> {
    const bytes = this.get(name);
    const read = async (target: Uint8Array, offset: number) => {
      if (offset + target.length > bytes.length)
        throw new HoldfastError('fs.short-read', `${name} ends before`);
      bytes.copy(target, 0, offset);
    };
    return { name, size: bytes.length, read, close: async () => {} };
  }

  async create(name: string, options: { readonly replace?: boolean } = {}): Promise<Publication> {
    checkName(name);
    const parts: Buffer[] = [];
    const publish = async () => {
      if (this.files.has(name) && options.replace !== true) throw exists(name);
      this.files.set(name, { bytes: Buffer.concat(parts), modifiedMs: Date.now() });
    };
    return {
      get size() {
        return parts.reduce((sum, { length }) => sum + length, 0);
      },
      append: async (bytes) => {
        parts.push(Buffer.from(bytes));
      },
      seal: async () => {},
      publish,
      dispose: async () => {},
    };
  }

  async move(from: string, to: string): Promise<void> {
    if (this.files.has(to)) throw exists(to);
    this.files.set(to, { bytes: this.get(from), modifiedMs: Date.now() });
    this.files.delete(from);
  }

  async remove(name: string): Promise<void> {
    checkName(name);
    this.files.delete(name);
  }

  async removeLeftovers(): Promise<readonly string[]> {
    return [];
  }

  private get(name: string): Buffer {
    checkName(name);
    const file = this.files.get(name);
    if (file === undefined) throw new HoldfastError('fs.not-found', `there is no ${name}`);
    return file.bytes;
  }
}

function checkName(name: string): void {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name))
    throw new Error(`'${name}' is no name`);
}

function exists(name: string): HoldfastError {
  return new HoldfastError('fs.exists', `${name} exists`);
}
