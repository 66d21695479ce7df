import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  CHUNK_SIZE,
  type DirectoryEntry,
  type FileStat,
  readFully,
  throwIfCancelled,
} from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import type { BlobEngine } from './engine.js';
import { refusal } from './entries-walk.js';
import type { BlobEntry, BlobFile } from './entry.js';
import { childPath, parentPath, ROOT_PATH } from './manifest.js';
import { type BlobCheckLevel, FindingList } from './verify-report.js';

export interface TreeCheckOptions {
  readonly level: BlobCheckLevel;
  /** The inner directory of the tree. */
  readonly root: string;
  /** The blob directory of the site. */
  readonly live?: string | undefined;
  readonly known?: KnownDigests | undefined;
}

/**
 * Digests of files that were read, by device and inode: trees share most of their files, and each of these need be read
 * once only. One for the checks of one run.
 */
export type KnownDigests = Map<string, string>;

/** A directory on the way to the last entry, with what is in it and was not named yet; undefined: it is not there. */
interface OpenDirectory {
  readonly path: string;
  readonly names: Map<string, DirectoryEntry['kind']> | undefined;
}

/** Files that are read at one time. */
const AT_ONCE = 8;
const WRITABLE = 0o222;

/** Compares the entries of a manifest, as they come, with the tree. Memory for one path of the tree. */
export class TreeCheck {
  readonly problems = new FindingList();
  readonly warnings = new FindingList();
  readonly foreign = new FindingList();
  compared = 0;
  private readonly open: OpenDirectory[] = [];
  private waiting: { readonly file: BlobFile; readonly inode: string | undefined }[] = [];

  constructor(
    private readonly engine: BlobEngine,
    private readonly options: TreeCheckOptions,
  ) {}

  async take(entry: BlobEntry): Promise<void> {
    const { path } = entry;
    const parent = this.leaveFor(path);
    const kind = path === ROOT_PATH ? 'directory' : this.kindIn(parent, path);
    if (kind === undefined) this.problems.add(path, 'it is missing');
    else if (kind !== entry.kind) this.problems.add(path, `it is no ${entry.kind}`);
    if (entry.kind === 'directory') this.enter(path, kind === 'directory');
    else if (kind === 'file') await this.checkFile(entry);
  }

  async finish(): Promise<void> {
    while (this.open.length > 0) this.leave();
    await this.readWaiting();
  }

  /** Leaves the directories that an entry is not in; the one that holds it. */
  private leaveFor(path: string): OpenDirectory | undefined {
    const parent = parentPath(path);
    while (this.open.length > 0 && this.open.at(-1)!.path !== parent) this.leave();
    return this.open.at(-1);
  }

  private leave(): void {
    const { path, names } = this.open.pop()!;
    for (const [name, kind] of names ?? [])
      this.foreign.add(childPath(path, name), refusal({ name, kind }) ?? `no manifest names this ${kind}`);
  }

  private kindIn(directory: OpenDirectory | undefined, path: string): DirectoryEntry['kind'] | undefined {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const kind = directory?.names?.get(name);
    directory?.names?.delete(name);
    return kind;
  }

  private enter(path: string, isThere: boolean): void {
    const names = isThere ? this.list(path) : undefined;
    this.open.push({ path, names });
  }

  private list(path: string): OpenDirectory['names'] {
    const { root } = this.options;
    try {
      const entries = this.engine.bulk.readDirectory(path === ROOT_PATH ? root : join(root, path));
      return new Map(entries.map(({ name, kind }) => [name, kind]));
    } catch (error) {
      this.problems.add(path, reasonOf(error));
      return undefined;
    }
  }

  private async checkFile(entry: BlobFile): Promise<void> {
    const { level } = this.options;
    if (level === 'quick') return;
    const stored = this.checkStored(entry);
    if (stored === undefined || level === 'stored') return;
    this.waiting.push({ file: entry, inode: stored.links > 1 ? `${stored.dev} ${stored.ino}` : undefined });
    if (this.waiting.length >= AT_ONCE) await this.readWaiting();
  }

  /** Undefined: it need not be read any more. */
  private checkStored({ path, size }: BlobFile): FileStat | undefined {
    const { root, live } = this.options;
    try {
      const stat = this.engine.bulk.lstat(join(root, path));
      if (stat.kind !== 'file') this.problems.add(path, 'it is no file');
      else if (stat.size !== size) this.problems.add(path, `it has ${stat.size} bytes, recorded are ${size}`);
      if ((stat.mode & WRITABLE) !== 0 && path.endsWith('.blob'))
        this.warnings.add(path, 'it can be written: who writes to it changes every backup that shares it');
      if (live !== undefined && stat.links > 1 && this.isLive(join(live, path), stat))
        this.warnings.add(path, 'it is the very file of the live site: damage there is damage here');
      return stat.kind === 'file' && stat.size === size ? stat : undefined;
    } catch (error) {
      this.problems.add(path, reasonOf(error));
      return undefined;
    }
  }

  private isLive(path: string, { dev, ino }: { readonly dev: string; readonly ino: string }): boolean {
    try {
      const stat = this.engine.bulk.lstat(path);
      return stat.dev === dev && stat.ino === ino;
    } catch {
      return false;
    }
  }

  private async readWaiting(): Promise<void> {
    const files = this.waiting;
    this.waiting = [];
    await Promise.all(files.map(({ file, inode }) => this.compare(file, inode)));
  }

  private async compare({ path, sha256, size }: BlobFile, inode: string | undefined): Promise<void> {
    const { root, known } = this.options;
    try {
      const before = inode === undefined ? undefined : known?.get(inode);
      const found = before ?? (await digestOf(this.engine, join(root, path), size));
      if (inode !== undefined) known?.set(inode, found);
      if (sha256 === undefined) return;
      if (found !== sha256) this.problems.add(path, 'its content is not what was recorded');
      this.compared += 1;
    } catch (error) {
      if (isHoldfastError(error, 'cancelled')) throw error;
      this.problems.add(path, reasonOf(error));
    }
  }
}

async function digestOf({ fs, signal }: BlobEngine, path: string, size: number): Promise<string> {
  const file = await fs.openRead(path);
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_SIZE, size + 1));
    for (let at = 0; ; ) {
      throwIfCancelled(signal);
      const count = await readFully(file, buffer, at);
      hash.update(buffer.subarray(0, count));
      at += count;
      if (count < buffer.length) return hash.digest('base64');
    }
  } finally {
    await file.close();
  }
}

function reasonOf(error: unknown): string {
  if (!isHoldfastError(error) || error.code === 'cancelled') throw error;
  return error.message;
}
