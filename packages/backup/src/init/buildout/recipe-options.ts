import type { Setting } from '../draft.js';
import type { PartReader } from './part-reader.js';

const NUMBERS = ['keep', 'keep_blob_days'];

const BOOLEANS = [
  'full',
  'debug',
  'gzip',
  'quick',
  'backup_blobs',
  'only_blobs',
  'blob_timestamps',
  'compress_blob',
  'incremental_blobs',
  'use_rsync',
  'rsync_hard_links_on_first_copy',
  'enable_fullbackup',
  'enable_snapshotrestore',
  'enable_zipbackup',
];

/** Only when blobs without a filestorage are backed up do days count, in the recipe from 4.0 on and here. */
export function recipeNumbers(reader: PartReader): readonly Setting[] {
  return NUMBERS.flatMap((option): readonly Setting[] => {
    const text = reader.raw(option);
    if (text === undefined) return [];
    if (!/^\d+$/.test(text)) {
      reader.problems.push(`${option} = ${text} is no whole number`);
      return [];
    }
    if (option === 'keep_blob_days' && reader.flag('only_blobs') !== true) {
      reader.note(`keep_blob_days = ${text} is left out: blob backups go with their filestorage backups.`);
      return [];
    }
    return [{ option, value: Number(text) }];
  });
}

export function recipeBooleans(reader: PartReader): readonly Setting[] {
  const settings = BOOLEANS.flatMap((option): readonly Setting[] => {
    const value = reader.flag(option);
    return value === undefined ? [] : [{ option, value }];
  });
  const archive = reader.flag('archive_blob') ?? reader.flag('gzip_blob');
  // The recipe before 4.2 rotated its blob backups; what it made so is found by its names all the same.
  if (reader.raw('blob_timestamps') === undefined && reader.recipeBefore(4) === true)
    reader.note(
      'Blob backups now get time stamps in their names; the rotated ones that are there stay usable.',
    );
  reader.raw('gzip_blob');
  return archive === undefined ? settings : [...settings, { option: 'archive_blob', value: archive }];
}

export function recipeTexts(reader: PartReader): readonly Setting[] {
  return ['rsync_options', 'pre_command', 'post_command'].flatMap((option): readonly Setting[] => {
    const text = reader.raw(option);
    return text === undefined ? [] : [{ option, value: text }];
  });
}
