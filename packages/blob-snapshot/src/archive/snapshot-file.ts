import { join } from 'node:path';
import { AtomicFile, type BulkFiles, type FileStat } from '@holdfast/durable-fs';
import type { BlobEngine } from '../engine.js';
import { parentPath, ROOT_PATH } from '../manifest.js';
import { type DumpdirName, encodeDumpdir } from './dumpdir.js';

const HEADER = 'GNU tar-1.34-2\n';
/** File systems stamp with a clock that lags a tick behind the system's. */
const MARGIN_MS = 2000;
const FLUSH_AT = 1 << 18;

interface OpenDirectory {
  readonly path: string;
  readonly stat: FileStat;
  readonly names: DumpdirName[];
}

/**
 * The snapshot file that lets `tar --listed-incremental` continue a plain archive of ours (docs/formats/blob-archives.md,
 * "Snapshot file"). Entries come in the order of the walk; memory for the directories that are open.
 */
export class SnapshotFile {
  private readonly open: OpenDirectory[] = [];
  private gathered: Buffer[] = [];
  private bytes = 0;

  private constructor(
    private readonly file: AtomicFile,
    private readonly bulk: BulkFiles,
    private readonly source: string,
  ) {}

  /** @param startMs when the walk began */
  static async create(
    { fs, bulk }: Pick<BlobEngine, 'fs' | 'bulk'>,
    path: string,
    source: string,
    startMs: number,
  ): Promise<SnapshotFile> {
    const file = new SnapshotFile(await AtomicFile.create(fs, path, { replace: true }), bulk, source);
    const { seconds, nanoseconds } = timeParts(startMs - MARGIN_MS);
    file.gather(Buffer.from(`${HEADER}${seconds}\0${nanoseconds}\0`));
    return file;
  }

  addDirectory(path: string): void {
    if (path !== ROOT_PATH) this.addName(path, 'D');
    this.open.push({ path, stat: this.bulk.lstat(join(this.source, path)), names: [] });
  }

  addFile(path: string): void {
    this.addName(path, 'Y');
  }

  /** Call it now and then. */
  async flush(atLeast = FLUSH_AT): Promise<void> {
    if (this.bytes < atLeast || this.bytes === 0) return;
    const bytes = Buffer.concat(this.gathered);
    this.gathered = [];
    this.bytes = 0;
    await this.file.append(bytes);
  }

  async seal(): Promise<void> {
    while (this.open.length > 0) this.closeOne();
    await this.flush(1);
    await this.file.seal();
  }

  async publish(): Promise<void> {
    await this.file.publish();
  }

  async dispose(): Promise<void> {
    await this.file.dispose();
  }

  private addName(path: string, letter: 'D' | 'Y'): void {
    const parent = parentPath(path);
    while (this.open.length > 1 && this.open.at(-1)!.path !== parent) this.closeOne();
    this.open.at(-1)!.names.push({ letter, name: path.slice(path.lastIndexOf('/') + 1) });
  }

  private closeOne(): void {
    const { path, stat, names } = this.open.pop()!;
    const { seconds, nanoseconds } = timeParts(stat.mtimeMs);
    const name = path === ROOT_PATH ? '.' : `./${path}`;
    // The first field says whether the directory lies on NFS: there tar does not compare the device.
    this.gather(Buffer.from(`0\0${seconds}\0${nanoseconds}\0${stat.dev}\0${stat.ino}\0${name}\0`));
    this.gather(encodeDumpdir(names));
    this.gather(Buffer.of(0));
  }

  private gather(bytes: Buffer): void {
    this.gathered.push(bytes);
    this.bytes += bytes.length;
  }
}

function timeParts(ms: number): { readonly seconds: number; readonly nanoseconds: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanoseconds: Math.floor((ms - seconds * 1000) * 1e6) };
}
