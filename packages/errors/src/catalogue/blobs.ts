import type { Families } from './entry.js';
import { EXIT } from './exit.js';

export const BLOBS = {
  'blobs.missing': {
    exit: EXIT.source,
    meaning: 'The blob directory of a storage is not there; nothing was backed up.',
    hint: 'Is its disk mounted? If it is somewhere else, correct blob_storage in the configuration.',
  },
  'blobs.layout': {
    exit: EXIT.source,
    meaning: 'The file `.layout` of a blob directory names a layout that Holdfast does not know.',
    hint: 'Give the blob directory itself; known are bushy and lawn.',
  },
  'blobs.vanished': {
    exit: EXIT.source,
    meaning:
      'A file of the blob directory went away while it was backed up, as in a pack; nothing was published.',
    hint: 'Run the backup again when the pack is done.',
    retryable: true,
  },
  'blobs.unreadable': {
    exit: EXIT.source,
    meaning: 'Files of the blob directory cannot be read; nothing was published.',
    hint: 'Give the user who makes the backups read access to all files that are listed, or leave them out with an exclude pattern.',
  },
  'blobs.manifest': {
    exit: EXIT.repository,
    meaning: 'The manifest of a blob backup is damaged or not whole.',
    hint: 'Run `holdfast verify`; a full backup does not need the manifest of the one before.',
  },
  'blobs.location': {
    exit: EXIT.repository,
    meaning: 'Something lies in a blob location under a name of ours that cannot be it.',
    hint: 'Look at it and move it away.',
  },
  'blobs.no-backup': {
    exit: EXIT.repository,
    meaning: 'The blob location has no backup of this name, or for that moment.',
    hint: 'Run `holdfast list` to see what there is.',
  },
  'blobs.damaged': {
    exit: EXIT.repository,
    meaning: 'A blob backup is incomplete or does not match what was recorded of it.',
    hint: 'Run `holdfast verify` to see which backups are affected, and make a backup now.',
  },
  'blobs.not-a-pair': {
    exit: EXIT.repository,
    meaning: 'A Data.fs refers to blobs that the blob backup does not have.',
    hint: 'Choose the blob backup that was made with this Data.fs, or right after it; `holdfast list` shows them.',
  },
} as const satisfies Families<'blobs'>;
