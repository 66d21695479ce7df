import { optional, type output, record, strictObject, string } from 'zod/mini';
import { count, flag, lines, name, path, script, sources, text, word } from './values.js';

/**
 * The options of a `holdfast.toml`, under the names of collective.recipe.backup 2.13 to 6. docs/configuration.md has
 * one row for each; a test holds the two together. All are optional; what one is when it is left out is said in
 * resolve-options.ts and resolve-storages.ts.
 */

const places = {
  location: optional(path()),
  blobbackuplocation: optional(path()),
  snapshotlocation: optional(path()),
  blobsnapshotlocation: optional(path()),
  ziplocation: optional(path()),
  blobziplocation: optional(path()),
};

/** A table `[storages.NAME]`. */
const STORAGE = strictObject({
  datafs: optional(path()),
  blob_storage: optional(path()),
  'blob-storage': optional(path()),
  ...places,
});

/** More than a million is a slip of the finger. */
const MANY = 1_000_000;
/** A timer cannot be longer: 2^31 milliseconds. */
const LONGEST_TIMEOUT = 2_147_000;

export const SCHEMA = strictObject({
  name: optional(name()),
  site: optional(path()),
  datafs: optional(path()),
  blob_storage: optional(path()),
  'blob-storage': optional(path()),
  locationprefix: optional(path()),
  ...places,
  additional_filestorages: optional(lines()),
  storages: optional(record(string(), STORAGE)),
  alternative_restore_source: optional(sources()),
  alternative_restore_sources: optional(sources()),

  keep: optional(count(0, MANY)),
  keep_blob_days: optional(count(0, MANY)),
  keep_daily: optional(count(0, MANY)),
  keep_weekly: optional(count(0, MANY)),
  keep_monthly: optional(count(0, MANY)),
  keep_yearly: optional(count(0, MANY)),

  full: optional(flag()),
  debug: optional(flag()),
  gzip: optional(flag()),
  quick: optional(flag()),

  backup_blobs: optional(flag()),
  only_blobs: optional(flag()),
  blob_format: optional(word('tree', 'pool')),
  blob_timestamps: optional(flag()),
  archive_blob: optional(flag()),
  gzip_blob: optional(flag()),
  compress_blob: optional(flag()),
  incremental_blobs: optional(flag()),
  use_rsync: optional(flag()),
  rsync_options: optional(text()),
  rsync_hard_links_on_first_copy: optional(flag()),

  enable_fullbackup: optional(flag()),
  enable_snapshotrestore: optional(flag()),
  enable_zipbackup: optional(flag()),

  pre_command: optional(script()),
  post_command: optional(script()),
  pre_restore_command: optional(script()),
  post_restore_command: optional(script()),
  command_timeout: optional(count(1, LONGEST_TIMEOUT)),
});

/** What a file says, after its values were read; what it leaves out is undefined. */
export type Values = output<typeof SCHEMA>;
export type StorageValues = output<typeof STORAGE>;

export const OPTION_NAMES: readonly string[] = Object.keys(SCHEMA.shape);
export const STORAGE_OPTION_NAMES: readonly string[] = Object.keys(STORAGE.shape);

/** Other spelling -> the name it stands for. */
export const ALIASES = {
  'blob-storage': 'blob_storage',
  gzip_blob: 'archive_blob',
  alternative_restore_sources: 'alternative_restore_source',
} as const;
