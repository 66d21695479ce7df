import type { Recovery } from './recover.js';

/** What a restore did, for whoever has to go on from here. */
export interface RestoreReport {
  readonly storages: readonly StorageReport[];
  readonly bytes: number;
  readonly seconds: RestoreSeconds;
  /** What a killed restore had left at the same places. */
  readonly recovered: Recovery['outcome'];
  /** Whether the old files were removed before the new ones were built. */
  readonly freedFirst: boolean;
  readonly warnings: readonly string[];
  /** What else to do, in this order. */
  readonly advice: readonly string[];
}

interface RestoreSeconds {
  /** Reading the whole backup before the old files went; only with `freeFirst`. */
  readonly verify: number;
  readonly build: number;
  /** Whether `Data.fs` and blobs fit together. */
  readonly check: number;
  readonly swap: number;
  readonly total: number;
}

export interface StorageReport {
  readonly name: string;
  readonly data: DataReport | undefined;
  readonly blobs: BlobReport | undefined;
}

export interface DataReport {
  readonly path: string;
  readonly bytes: number;
  /** Backup files that were read. */
  readonly files: number;
  readonly seconds: number;
  readonly index: boolean;
  /** Where the replaced file is now. */
  readonly old: string | undefined;
}

export interface BlobReport {
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
  readonly seconds: number;
  /** Where the replaced blobs are now. */
  readonly old: string | undefined;
}

export interface AdviceFacts {
  /** Restored to a place of its own, not over a site. */
  readonly beside: boolean;
  readonly hasBlobs: boolean;
  /** Persistent caches of ZEO clients that were seen near the storages. */
  readonly caches: readonly string[];
  /** Old files that were kept. */
  readonly old: readonly string[];
}

/** What else is to be done after a restore. */
export function adviceAfter({ beside, hasBlobs, caches, old }: AdviceFacts): readonly string[] {
  if (beside) return ['Nothing of the site was touched.'];
  const named = caches.length === 0 ? '' : `, such as ${caches.join(', ')}`;
  return [
    `Before the first client starts, remove the persistent caches of ZEO clients (*.zec)${named}: they hold what is newer than the restored storage.`,
    ...(hasBlobs
      ? [
          'Empty the blob caches of ZEO clients that do not share the blob directory (blob-dir with shared-blob-dir off).',
        ]
      : []),
    'Start ZEO first, then Zope.',
    ...(old.length === 0 ? [] : [`When the site works, remove what was kept: ${old.join(', ')}.`]),
  ];
}
