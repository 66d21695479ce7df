/** A configuration, checked and with every path absolute (docs/configuration.md). */
export interface Configuration {
  /** The `holdfast.toml`; undefined: none, the recipe's default places. */
  readonly file: string | undefined;
  /** The directory of the site that default places are below. */
  readonly site: string;
  /** Name of the part of the buildout: `backup` unless configured. */
  readonly name: string;
  /** In the order of work: the additional ones, the main one last. */
  readonly storages: readonly StorageConfig[];
  readonly options: Options;
  /** What the file says that does nothing, one sentence each. */
  readonly warnings: readonly string[];
}

/** Which of a storage's places: `backup` and `fullbackup` use the first, and so on. */
export type SetKind = 'backup' | 'snapshot' | 'zip';

export interface StorageConfig {
  /** `main`, or the name of an additional one. */
  readonly name: string;
  readonly datafs: string;
  /** The blob directory; undefined: the storage has none. */
  readonly blobStorage: string | undefined;
  readonly places: Readonly<Record<SetKind, Places>>;
  /** Where `altrestore` restores from. */
  readonly alternative: Places | undefined;
}

export interface Places {
  readonly filestorage: string;
  readonly blobs: string;
}

/** Under the names of the recipe, in camel case. */
export interface Options {
  /** Full backups with their increments; 0: all. */
  readonly keep: number;
  /** Days; only for blobs without a filestorage. */
  readonly keepBlobDays: number;
  /** Newest set of so many days, weeks, months, years; 0: no such rule. */
  readonly keepDaily: number;
  readonly keepWeekly: number;
  readonly keepMonthly: number;
  readonly keepYearly: number;
  readonly full: boolean;
  readonly debug: boolean;
  readonly gzip: boolean;
  /** False: compare all that was backed up before (`--thorough`). */
  readonly quick: boolean;
  readonly backupBlobs: boolean;
  readonly onlyBlobs: boolean;
  readonly archiveBlob: boolean;
  readonly compressBlob: boolean;
  readonly incrementalBlobs: boolean;
  readonly blobTimestamps: boolean;
  /** Ours: how trees stand on disk (docs/formats/blob-backups.md). */
  readonly blobFormat: 'tree' | 'pool';
  readonly rsyncHardLinksOnFirstCopy: boolean;
  /** False: the blobs were not copied with rsync before. Nothing changes. */
  readonly useRsync: boolean;
  /** As written. */
  readonly rsyncOptions: string;
  /** Patterns, from `rsync_options` (docs/rsync-options.md). */
  readonly exclude: readonly string[];
  /** Tell each blob that is copied, linked or gone: `-i` or `-v` in `rsync_options`. */
  readonly itemize: boolean;
  readonly enable: {
    readonly snapshotrestore: boolean;
    readonly zipbackup: boolean;
    readonly fullbackup: boolean;
  };
  readonly hooks: Hooks;
}

/** Texts of one or more lines for `sh`; undefined: none. */
export interface Hooks {
  readonly pre: string | undefined;
  readonly post: string | undefined;
  readonly preRestore: string | undefined;
  readonly postRestore: string | undefined;
  readonly timeoutSeconds: number;
}
