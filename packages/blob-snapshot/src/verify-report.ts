import type { BlobCounts } from './blob-backup.js';

/**
 * - `quick`: the manifest is whole, and every file that it names is there.
 * - `stored`: also the kind and size of every file.
 * - `deep`: also the content, where a digest is recorded; everything is read.
 */
export type BlobCheckLevel = 'quick' | 'stored' | 'deep';

/** All are counted, at most 100 named. */
export interface Findings {
  readonly count: number;
  readonly items: readonly { readonly path: string; readonly reason: string }[];
}

export interface BlobVerifyReport extends BlobCounts {
  readonly id: string;
  readonly level: BlobCheckLevel;
  /** No problem was found. */
  readonly sound: boolean;
  /** What keeps the backup from being restored as it was. */
  readonly problems: Findings;
  /** What could do harm some day: files that can be written, or that are the very files of the live site. */
  readonly warnings: Findings;
  /** What lies in the tree and belongs to no state of it. */
  readonly foreign: Findings;
  /** Files whose content was compared; with `deep`, the others have no digest and were only read. */
  readonly compared: number;
}

const NAMED = 100;

export class FindingList implements Findings {
  count = 0;
  readonly items: { path: string; reason: string }[] = [];

  add(path: string, reason: string): void {
    this.count += 1;
    if (this.items.length < NAMED) this.items.push({ path, reason });
  }
}
