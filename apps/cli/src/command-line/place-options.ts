import type { OptionSpec } from './spec.js';

export const CONFIG: OptionSpec = {
  flags: '--config <file>',
  text: 'the configuration (default: holdfast.toml of the site)',
};

const REPOSITORY: OptionSpec = {
  flags: '--repository <dir>',
  text: 'directory of the filestorage backups (default: that of the configuration, or var/backups)',
};

/** Where blobs are, for a storage that is named on the command line. */
const BLOB_STORAGE = '--blob-storage <dir>';
const BLOB_REPOSITORY: OptionSpec = {
  flags: '--blob-repository <dir>',
  text: 'directory of the blob backups (default: blobstoragebackups beside the repository)',
};

/** One storage in place of those of the configuration. */
export const PLACE_OPTIONS: readonly OptionSpec[] = [
  CONFIG,
  { flags: '--datafs <file>', text: 'this storage alone (default: those of the configuration)' },
  REPOSITORY,
  { flags: BLOB_STORAGE, text: 'the blob directory of the storage that --datafs names' },
  BLOB_REPOSITORY,
];

/** Of commands that only look at backups. */
export const SET_OPTIONS: readonly OptionSpec[] = [
  CONFIG,
  REPOSITORY,
  { flags: BLOB_STORAGE, text: 'with --repository: the storage has blobs, and this is their directory' },
  BLOB_REPOSITORY,
  { flags: '--kind <kind>', text: 'only sets of this kind', choices: ['backup', 'snapshot', 'zip'] },
];
