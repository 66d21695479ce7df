import { join } from 'node:path';
import type { BulkFiles } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { BlobDirectory } from './entry.js';
import { parentPath, ROOT_PATH } from './manifest.js';

/** What its owner must be able to do in a directory while it is filled. */
const FILLING = 0o700;
/** Permission bits, and the one that hands on the group; never the one that hands on the owner. */
const DIRECTORY_MODE = 0o2777;

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Makes directories as they come in the order of a manifest; each gets its owner, mode and time when all that is in it
 * is there. Memory for one path of the tree.
 */
export class DirectoryMaker {
  private readonly open: { readonly entry: BlobDirectory; readonly mtimeMs: number }[] = [];

  constructor(
    private readonly bulk: BulkFiles,
    private readonly target: string,
    private readonly ownerOf: (entry: BlobDirectory) => Owner | undefined,
  ) {}

  /** @param mtimeMs with what is below a millisecond, where that is known */
  make(entry: BlobDirectory, mtimeMs: number = entry.mtimeMs): void {
    if (entry.path !== ROOT_PATH || this.open.length > 0) this.goTo(entry.path);
    this.bulk.makeDirectory(this.fullPath(entry.path), (entry.mode & DIRECTORY_MODE) | FILLING);
    this.open.push({ entry, mtimeMs });
  }

  /** Finishes the directories that an entry with this path is not in. Its own must have been made. */
  goTo(path: string): void {
    const parent = parentPath(path);
    while (this.open.length > 0 && this.open.at(-1)!.entry.path !== parent) this.finishOne();
    if (this.open.length > 0) return;
    throw new HoldfastError('blobs.damaged', `no directory of the backup holds ${path}`, { path });
  }

  finish(): void {
    while (this.open.length > 0) this.finishOne();
  }

  fullPath(path: string): string {
    return path === ROOT_PATH ? this.target : join(this.target, path);
  }

  private finishOne(): void {
    const { entry, mtimeMs } = this.open.pop()!;
    const path = this.fullPath(entry.path);
    const mode = entry.mode & DIRECTORY_MODE;
    const owner = this.ownerOf(entry);
    if (owner !== undefined) this.bulk.chown(path, owner.uid, owner.gid);
    if ((mode | FILLING) !== mode) this.bulk.chmod(path, mode);
    this.bulk.utimes(path, mtimeMs, mtimeMs);
  }
}
