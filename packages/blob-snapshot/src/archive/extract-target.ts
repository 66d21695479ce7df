import { join } from 'node:path';
import { type OpenFile, writeAll } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { Breather } from '../breathe.js';
import type { BlobEngine } from '../engine.js';
import type { BlobDirectory, BlobEntry, BlobFile } from '../entry.js';
import { parentPath, ROOT_PATH } from '../manifest.js';
import { removeTree } from '../remove-tree.js';
import type { Owner } from '../restore-directories.js';

/** Never those bits that hand on the owner's rights. */
const FILE_MODE = 0o777;
const DIRECTORY_MODE = 0o2777;
const FILLING = 0o700;

type Attributes = Pick<BlobDirectory, 'mode' | 'uid' | 'gid' | 'mtimeMs'>;

/** A new directory that members are brought into. Nothing in it is a link, and nothing outside it is touched. */
export class ExtractTarget {
  /** Every directory that was made, parents before children, with what it is to have in the end. */
  private readonly directories = new Map<string, Attributes | undefined>();

  constructor(
    private readonly engine: BlobEngine,
    private readonly root: string,
    private readonly ownerOf: (entry: Attributes) => Owner | undefined,
  ) {}

  make(): void {
    this.engine.bulk.makeDirectory(this.root, FILLING);
    this.directories.set(ROOT_PATH, undefined);
  }

  async putDirectory({ path, mode, uid, gid, mtimeMs }: BlobDirectory): Promise<void> {
    await this.needDirectory(path);
    this.directories.set(path, { mode, uid, gid, mtimeMs });
  }

  /** Writes a file; `content` checks itself, and its error leaves the half-written file to whoever removes the root. */
  async putFile(entry: BlobFile, content: AsyncIterable<Buffer>): Promise<void> {
    const file = await this.createFile(entry.path);
    try {
      let position = 0;
      for await (const chunk of content) {
        await writeAll(file, chunk, position);
        position += chunk.length;
      }
      const owner = this.ownerOf(entry);
      if (owner !== undefined) await file.chown(owner.uid, owner.gid);
      await file.chmod(entry.mode & FILE_MODE);
      await file.utimes(entry.mtimeMs, entry.mtimeMs);
    } finally {
      await file.close();
    }
  }

  /** A copy, not a second name: what is restored is changed by nobody else. */
  async putCopy(from: string, entry: Pick<BlobEntry, 'path'>): Promise<number> {
    const file = await this.createFile(entry.path);
    await file.close();
    this.engine.bulk.unlink(this.full(entry.path));
    const options = { times: true, owner: process.getuid?.() === 0 };
    return this.engine.bulk.copyFile(this.full(from), this.full(entry.path), options).size;
  }

  async isFile(path: string): Promise<boolean> {
    return (await this.kindOf(path)) === 'file';
  }

  /** What is not there is gone already. */
  async remove(path: string): Promise<void> {
    if (path !== ROOT_PATH) await removeTree(this.engine, this.full(path));
  }

  async rename(from: string, to: string): Promise<void> {
    if (from === ROOT_PATH || to === ROOT_PATH || (await this.kindOf(from)) === undefined) return;
    await this.needDirectory(parentPath(to)!);
    await this.remove(to);
    this.engine.bulk.rename(this.full(from), this.full(to));
    for (const [path, attributes] of [...this.directories]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.directories.delete(path);
      this.directories.set(to + path.slice(from.length), attributes);
    }
  }

  async removeOthers(directory: string, names: ReadonlySet<string>): Promise<void> {
    for (const { name } of this.engine.bulk.readDirectory(this.full(directory))) {
      if (!names.has(name)) await removeTree(this.engine, join(this.full(directory), name));
    }
  }

  /** Gives the directories their modes, owners and times: children before parents. */
  async finish(): Promise<void> {
    const { bulk } = this.engine;
    const breather = new Breather(this.engine.signal);
    for (const [path, attributes] of [...this.directories].reverse()) {
      await breather.breathe();
      if (attributes === undefined || (await this.isGone(path))) continue;
      const full = this.full(path);
      const owner = this.ownerOf(attributes);
      if (owner !== undefined) bulk.chown(full, owner.uid, owner.gid);
      bulk.chmod(full, attributes.mode & DIRECTORY_MODE);
      bulk.utimes(full, attributes.mtimeMs, attributes.mtimeMs);
    }
  }

  private async isGone(path: string): Promise<boolean> {
    try {
      return this.engine.bulk.lstat(this.full(path)).kind !== 'directory';
    } catch (error) {
      if (isHoldfastError(error, 'fs.not-found')) return true;
      throw error;
    }
  }

  private async createFile(path: string): Promise<OpenFile> {
    const full = this.full(path);
    if (path === ROOT_PATH) throw this.refused(path, 'a file stands where the blob directory itself must be');
    const parent = parentPath(path)!;
    if (!this.directories.has(parent)) await this.needDirectory(parent);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.engine.fs.create(full, 0o600);
      } catch (error) {
        if (attempt > 2) throw error;
        // A later member of this name takes its place; a directory that was removed comes back.
        if (isHoldfastError(error, 'fs.exists')) await this.remove(path);
        else if (isHoldfastError(error, 'fs.not-found')) await this.needDirectory(parent);
        else throw error;
      }
    }
  }

  private async needDirectory(path: string): Promise<void> {
    const parent = parentPath(path);
    if (parent === undefined) return;
    await this.needParent(parent);
    const kind = await this.kindOf(path);
    if (kind === 'file') await this.remove(path);
    else if (kind !== undefined && kind !== 'directory')
      throw this.refused(path, 'something else stands there');
    if (kind !== 'directory') this.engine.bulk.makeDirectory(this.full(path), FILLING);
    if (!this.directories.has(path)) this.directories.set(path, undefined);
  }

  private async needParent(path: string): Promise<void> {
    if (!this.directories.has(path) || (await this.isGone(path))) await this.needDirectory(path);
  }

  private async kindOf(path: string) {
    try {
      return this.engine.bulk.lstat(this.full(path)).kind;
    } catch (error) {
      if (isHoldfastError(error, 'fs.not-found')) return undefined;
      throw error;
    }
  }

  private full(path: string): string {
    return path === ROOT_PATH ? this.root : join(this.root, path);
  }

  private refused(path: string, reason: string): HoldfastError {
    return new HoldfastError('blobs.damaged', `cannot restore ${path}: ${reason}`, { path: this.full(path) });
  }
}
