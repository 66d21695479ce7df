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
const BLOBS: readonly OptionSpec[] = [
  { flags: '--blob-storage <dir>', text: 'the blob directory of the storage that --datafs names' },
  {
    flags: '--blob-repository <dir>',
    text: 'directory of the blob backups (default: blobstoragebackups beside the repository)',
  },
];

/** One storage in place of those of the configuration. */
export const PLACE_OPTIONS: readonly OptionSpec[] = [
  CONFIG,
  { flags: '--datafs <file>', text: 'this storage alone (default: those of the configuration)' },
  REPOSITORY,
  ...BLOBS,
];

/** Of commands that only look at backups. */
export const SET_OPTIONS: readonly OptionSpec[] = [
  CONFIG,
  REPOSITORY,
  ...BLOBS,
  { flags: '--kind <kind>', text: 'only sets of this kind', choices: ['backup', 'snapshot', 'zip'] },
];
