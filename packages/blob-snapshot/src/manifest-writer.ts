import { createHash } from 'node:crypto';
import { AtomicFile, type FileSystem } from '@holdfast/durable-fs';
import type { BlobCounts, ManifestHeader } from './blob-backup.js';
import type { BlobEntry } from './entry.js';
import { endLine, entryLine, goneLine, headerLine } from './manifest-line.js';

/** Characters that are gathered before they are written. */
const FLUSH_AT = 1 << 18;

/** A manifest that is written and durable. */
export interface WrittenManifest extends BlobCounts {
  /** SHA-256 of the whole file, base64. */
  readonly sha256: string;
}

/**
 * Writes a manifest in bounded memory. Lines must come in the order of `comparePaths`.
 *
 *     const manifest = await ManifestWriter.create(fs, path, header);
 *     try {
 *       manifest.add(entry);
 *       if (manifest.full) await manifest.flush();
 *       const { sha256 } = await manifest.finish(counts);
 *       await manifest.publish();
 *     } finally {
 *       await manifest.dispose();
 *     }
 */
export class ManifestWriter {
  private readonly hash = createHash('sha256');
  private lines: string[] = [];
  private gathered = 0;
  #files = 0;
  #bytes = 0;

  private constructor(private readonly file: AtomicFile) {}

  /** @param replace whether a manifest of that name gives way when this one is published */
  static async create(
    fs: FileSystem,
    path: string,
    header: ManifestHeader,
    replace = false,
  ): Promise<ManifestWriter> {
    const writer = new ManifestWriter(await AtomicFile.create(fs, path, { replace }));
    writer.addText(headerLine(header));
    return writer;
  }

  /** Files and bytes of the entries added so far. */
  get counts(): BlobCounts {
    return { files: this.#files, bytes: this.#bytes };
  }

  /** Whether it is time to `flush`. */
  get full(): boolean {
    return this.gathered >= FLUSH_AT;
  }

  add(entry: BlobEntry): void {
    this.addEntry(entry, entryLine(entry));
  }

  /** As `add`, for an entry whose line is known. */
  addEntry(entry: BlobEntry, text: string): void {
    if (entry.kind === 'file') {
      this.#files += 1;
      this.#bytes += entry.size;
    }
    this.addText(text);
  }

  addGone(path: string): void {
    this.addText(goneLine(path));
  }

  private addText(line: string): void {
    this.lines.push(line);
    this.gathered += line.length + 1;
  }

  async flush(): Promise<void> {
    if (this.lines.length === 0) return;
    const bytes = Buffer.from(`${this.lines.join('\n')}\n`);
    this.lines = [];
    this.gathered = 0;
    this.hash.update(bytes);
    await this.file.append(bytes);
  }

  /** Writes the last line and makes the file durable, still without its name. `counts`: of the state as a whole. */
  async finish(counts: BlobCounts = this.counts): Promise<WrittenManifest> {
    await this.flush();
    const digest = this.hash.copy().digest('base64');
    const { files, bytes } = counts;
    this.addText(endLine({ files, bytes, digest }));
    await this.flush();
    await this.file.seal();
    return { files, bytes, sha256: this.hash.digest('base64') };
  }

  /** Gives the manifest its name. */
  async publish(): Promise<void> {
    await this.file.publish();
  }

  /** Removes what was not published; safe to call at any time and twice. */
  async dispose(): Promise<void> {
    await this.file.dispose();
  }
}
