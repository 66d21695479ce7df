import { createHash, type Hash } from 'node:crypto';
import { join } from 'node:path';
import { copyLargeFile, type FileStat } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { BlobBackup } from './blob-backup.js';
import { Breather } from './breathe.js';
import type { BlobEngine } from './engine.js';
import { contentOf, entriesOf } from './entries.js';
import type { BlobDirectory, BlobEntry, BlobFile } from './entry.js';
import { ROOT_PATH } from './manifest.js';
import type { BlobRestoreResult, RestoreBlobsRequest } from './restore-blobs.js';
import { DirectoryMaker, type Owner } from './restore-directories.js';

/** From so many bytes on, a file is copied chunk by chunk while the event loop runs. */
const LARGE = 4 << 20;
const NAMED = 100;

/** Copies the state of a tree into `target`, which it makes. Not durable yet. */
export async function copyTree(engine: BlobEngine, request: RestoreBlobsRequest): Promise<BlobRestoreResult> {
  return await new TreeCopy(engine, request).run();
}

class TreeCopy {
  private readonly source: string;
  private readonly backup: BlobBackup;
  private readonly check: boolean;
  private readonly directories: DirectoryMaker;
  private readonly refused: { path: string; reason: string }[] = [];
  private refusedCount = 0;
  private files = 0;
  private bytes = 0;
  private compared = 0;

  constructor(
    private readonly engine: BlobEngine,
    private readonly request: RestoreBlobsRequest,
  ) {
    this.backup = request.backup;
    this.source = contentOf(request.backup);
    this.check = request.check !== false;
    this.directories = new DirectoryMaker(engine.bulk, request.target, (entry) => this.ownerOf(entry));
  }

  async run(): Promise<BlobRestoreResult> {
    const breather = new Breather(this.engine.signal, () => this.tell());
    const entries = entriesOf(this.engine, this.backup, {
      onRefused: (refused) => {
        this.refusedCount += 1;
        if (this.refused.length < NAMED) this.refused.push(refused);
      },
    });
    for await (const entry of entries) {
      await breather.breathe();
      if (entry.kind === 'directory') this.makeDirectory(entry);
      else await this.copy(entry);
    }
    this.directories.finish();
    this.tell();
    const { files, bytes, compared } = this;
    return { files, bytes, compared, refused: { count: this.refusedCount, items: this.refused } };
  }

  private tell(): void {
    const { files, bytes } = this;
    this.engine.onProgress?.({ phase: 'restore-blobs', files, bytes, total: this.request.total });
  }

  private makeDirectory(entry: BlobDirectory): void {
    const from = entry.path === ROOT_PATH ? this.source : join(this.source, entry.path);
    const stat = this.inBackup(entry, () => this.engine.bulk.lstat(from));
    // A link here would lead the copies out of the backup.
    if (stat.kind !== 'directory') throw this.damaged(entry, 'is no directory');
    const exact = Math.floor(stat.mtimeMs) === entry.mtimeMs;
    this.directories.make(entry, exact ? stat.mtimeMs : entry.mtimeMs);
  }

  private async copy(entry: BlobFile): Promise<void> {
    this.directories.goTo(entry.path);
    const to = this.directories.fullPath(entry.path);
    const hash = this.check && entry.sha256 !== undefined ? createHash('sha256') : undefined;
    const stat = await this.copyBytes(entry, to, hash);
    if (stat.size !== entry.size)
      throw this.damaged(entry, `has ${stat.size} bytes where ${entry.size} were recorded`);
    if (hash !== undefined && hash.digest('base64') !== entry.sha256)
      throw this.damaged(entry, 'does not have the content that was recorded');
    const owner = this.ownerOf(entry);
    if (owner !== undefined) this.engine.bulk.chown(to, owner.uid, owner.gid);
    this.files += 1;
    this.bytes += entry.size;
    if (hash !== undefined) this.compared += 1;
  }

  private async copyBytes(entry: BlobFile, to: string, hash: Hash | undefined): Promise<FileStat> {
    const { fs, bulk, signal } = this.engine;
    const from = join(this.source, entry.path);
    const options = {
      mode: entry.mode & 0o777,
      times: true,
      ...(hash === undefined ? {} : { onChunk: (chunk: Uint8Array) => void hash.update(chunk) }),
    };
    try {
      if (entry.size >= LARGE) return await copyLargeFile(fs, from, to, { ...options, signal });
      return bulk.copyFile(from, to, options);
    } catch (error) {
      throw this.asDamage(entry, from, error);
    }
  }

  private inBackup<T>(entry: BlobEntry, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw this.asDamage(entry, join(this.source, entry.path), error);
    }
  }

  /** What cannot be, where the backup is whole. */
  private asDamage(entry: BlobEntry, from: string, error: unknown): unknown {
    if (!isHoldfastError(error) || error.path !== from) return error;
    if (error.code === 'fs.not-found') return this.damaged(entry, 'is missing', error);
    if (error.code === 'fs.not-a-regular-file') return this.damaged(entry, 'is no regular file', error);
    return error.code === 'fs.short-read' ? this.damaged(entry, 'is cut short', error) : error;
  }

  private damaged({ path }: Pick<BlobEntry, 'path'>, what: string, cause?: unknown): HoldfastError {
    const full = join(this.source, path);
    return new HoldfastError('blobs.damaged', `${this.backup.id} cannot be restored: ${path} ${what}`, {
      path: full,
      cause,
    });
  }

  private ownerOf({ uid, gid }: Pick<BlobEntry, 'uid' | 'gid'>): Owner | undefined {
    return this.request.owner ?? (process.geteuid?.() === 0 ? { uid, gid } : undefined);
  }
}
