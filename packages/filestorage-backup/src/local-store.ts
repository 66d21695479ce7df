import { join } from 'node:path';
import {
  AtomicFile,
  type FileSystem,
  lstatIfThere,
  type OpenFile,
  readFully,
  removeIfThere,
  removeLeftovers,
  renameWithoutReplacing,
} from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { Publication, Store, StoredFile, StoredReader } from './store.js';

/** So many files are looked at together: of thousands, waiting for each alone is most of the time. */
const AT_ONCE = 32;

/** A repository in a directory: the place that repozo knows. New files have mode 0600. */
export class LocalStore implements Store {
  constructor(
    private readonly fs: FileSystem,
    readonly location: string,
  ) {}

  async list(): Promise<readonly StoredFile[]> {
    const names = (await this.entries()).filter(({ kind }) => kind === 'file').map(({ name }) => name);
    const files: StoredFile[] = [];
    for (let at = 0; at < names.length; at += AT_ONCE) {
      const stats = await Promise.all(names.slice(at, at + AT_ONCE).map((name) => this.look(name)));
      files.push(...stats.filter((stat) => stat !== undefined));
    }
    return files;
  }

  async open(name: string): Promise<StoredReader> {
    const file = await this.fs.openRead(this.path(name));
    try {
      const { size } = await file.stat();
      return new LocalReader(name, size, file);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async create(name: string, options: { readonly replace?: boolean } = {}): Promise<Publication> {
    return AtomicFile.create(this.fs, this.path(name), { mode: 0o600, ...options });
  }

  async move(from: string, to: string): Promise<void> {
    await renameWithoutReplacing(this.fs, this.path(from), this.path(to));
    await this.fs.syncDirectory(this.location);
  }

  async remove(name: string): Promise<void> {
    if (await removeIfThere(this.fs, this.path(name))) await this.fs.syncDirectory(this.location);
  }

  async removeLeftovers(): Promise<readonly string[]> {
    return removeLeftovers(this.fs, this.location);
  }

  private path(name: string): string {
    if (name === '' || name.includes('/') || name.includes('\0') || name === '.' || name === '..') {
      throw new HoldfastError('internal', `'${name}' is not a name in a repository`, { path: this.location });
    }
    return join(this.location, name);
  }

  private async entries() {
    try {
      return await this.fs.readDirectory(this.location);
    } catch (error) {
      if (!isHoldfastError(error, 'fs.not-found')) throw error;
      const message = `there is no repository at ${this.location}`;
      throw new HoldfastError('repository.missing', message, { path: this.location, cause: error });
    }
  }

  /** A file can vanish between the listing and the look at it (a foreign clean-up): then it is not there. */
  private async look(name: string): Promise<StoredFile | undefined> {
    const found = await lstatIfThere(this.fs, this.path(name));
    return found && { name, size: found.size, modifiedMs: found.mtimeMs };
  }
}

class LocalReader implements StoredReader {
  constructor(
    readonly name: string,
    readonly size: number,
    private readonly file: OpenFile,
  ) {}

  async read(target: Uint8Array, offset: number): Promise<void> {
    const count = await readFully(this.file, target, offset);
    if (count === target.length) return;
    const message = `${this.file.path} ends at byte ${offset + count}, ${target.length - count} bytes short`;
    throw new HoldfastError('fs.short-read', message, { path: this.file.path, offset: offset + count });
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
