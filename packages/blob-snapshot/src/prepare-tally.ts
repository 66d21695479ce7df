import { HoldfastError } from '@holdfast/errors';
import type { BlobCounts } from './blob-backup.js';
import type { BlobEngine } from './engine.js';
import type { BlobEntry, BlobFile } from './entry.js';
import { type BlobLayout, isBlobPath, LAYOUT_FILE } from './layout.js';
import type { BlobBackupRequest, BlobBackupSummary, BlobItem, BlobReference } from './request.js';

/** How many things of one kind a summary or an error names. */
const NAMED = 100;

/** Counts what becomes of the entries, and tells whoever asked to be told. */
export class Tally {
  private files = 0;
  private bytes = 0;
  private addedFiles = 0;
  private addedBytes = 0;
  private linked = 0;
  private copied = 0;
  private goneFiles = 0;
  private goneBytes = 0;
  private goneEntries = 0;
  private readonly unknown = new Named<string>();
  private readonly refusedItems = new Named<BlobItem>();
  private readonly unreadable = new Named<string>();
  readonly missing: BlobReference[] = [];

  constructor(
    private readonly engine: Pick<BlobEngine, 'onProgress'>,
    private readonly request: BlobBackupRequest,
    private readonly layout: BlobLayout,
  ) {}

  /** Files and bytes of the entries taken so far. */
  get counts(): BlobCounts {
    return { files: this.files, bytes: this.bytes };
  }

  /** What the entries changed, to be added to the counts of the state before. */
  get change(): BlobCounts {
    return { files: this.addedFiles - this.goneFiles, bytes: this.addedBytes - this.goneBytes };
  }

  /**
   * @param known whether the state before has this file
   * @param looked whether it is one that `onEntry` is to see
   */
  file(entry: BlobFile, how: 'linked' | 'copied', known: boolean, looked = true): void {
    this.files += 1;
    this.bytes += entry.size;
    if (how === 'linked') this.linked += 1;
    else this.copied += 1;
    if (!known) {
      this.addedFiles += 1;
      this.addedBytes += entry.size;
    }
    const isBlob = isBlobPath(this.layout, entry.path);
    if (!isBlob && entry.path !== LAYOUT_FILE) this.unknown.add(entry.path);
    if (looked) this.request.onEntry?.(entry);
    if (!known || how === 'copied') this.tell({ action: how, entry });
  }

  /** A file that the state before has with another content is replaced. */
  replaced(before: BlobFile): void {
    this.goneFiles += 1;
    this.goneBytes += before.size;
  }

  directory(entry: BlobEntry, known: boolean): void {
    if (!known) this.tell({ action: 'made', entry });
  }

  gone(entry: BlobEntry): void {
    if (entry.kind === 'file') {
      this.goneFiles += 1;
      this.goneBytes += entry.size;
      this.goneEntries += 1;
    }
    this.tell({ action: 'gone', entry });
  }

  excluded(path: string): void {
    this.tell({ action: 'excluded', entry: { path } });
  }

  refused(path: string, reason: string, unreadable: boolean): void {
    const item: BlobItem = { action: 'refused', entry: { path }, reason };
    this.refusedItems.add(item);
    if (unreadable) this.unreadable.add(path);
    this.tell(item);
  }

  private tell(item: BlobItem): void {
    this.request.onItem?.(item);
  }

  progress(): void {
    this.engine.onProgress?.({ phase: 'blobs', files: this.files, bytes: this.bytes, total: undefined });
  }

  /** @throws HoldfastError `blobs.unreadable` when something could not be read: then there is no whole backup */
  expectAllReadable(source: string): void {
    const { count, items } = this.unreadable;
    if (count === 0) return;
    const more = count > items.length ? `, and ${count - items.length} more` : '';
    const message = `${count} of the entries in ${source} cannot be read: ${items.join(', ')}${more}`;
    throw new HoldfastError('blobs.unreadable', message, { path: source, details: { count } });
  }

  summary(
    fields: Pick<BlobBackupSummary, 'id' | 'style' | 'total' | 'cannotLink' | 'manifestSha256'>,
  ): BlobBackupSummary {
    return {
      ...fields,
      added: { files: this.addedFiles, bytes: this.addedBytes },
      linked: this.linked,
      copied: this.copied,
      gone: this.goneEntries,
      unknown: { count: this.unknown.count, paths: this.unknown.items },
      refused: { count: this.refusedItems.count, items: this.refusedItems.items },
      missing: this.missing,
    };
  }
}

class Named<T> {
  count = 0;
  readonly items: T[] = [];

  add(item: T): void {
    this.count += 1;
    if (this.items.length < NAMED) this.items.push(item);
  }
}
