import type { Families } from './entry.js';
import { EXIT } from './exit.js';

export const FILESTORAGE = {
  'filestorage.bad-magic': {
    exit: EXIT.source,
    meaning: 'The file does not begin as a FileStorage does (FS21 or FS30).',
    hint: 'Check that this is the Data.fs.',
  },
  'filestorage.damaged': {
    exit: EXIT.source,
    meaning: 'The FileStorage holds bytes that no transaction can have.',
    hint: 'Do not pack it. Keep a copy, restore the last backup beside it and compare.',
  },
  'filestorage.index-unreadable': {
    exit: EXIT.source,
    meaning: 'The index file is not one that Holdfast can read.',
    hint: 'Delete the index; ZODB makes a new one at the next start.',
  },

  'gzip.damaged': {
    exit: EXIT.repository,
    meaning: 'A gzipped file does not decompress to what it says.',
    hint: 'Run `holdfast verify` to see which backups are affected.',
  },

  'source.missing': {
    exit: EXIT.source,
    meaning: 'There is no Data.fs at this path.',
    hint: 'Give its path with --datafs, or run the command in the directory of the site.',
  },
  'source.shrank': {
    exit: EXIT.source,
    meaning: 'The source became shorter while it was being copied.',
    hint: 'Run the backup again.',
    retryable: true,
  },
  'source.changing': {
    exit: EXIT.source,
    meaning: 'The source was replaced again and again while it was being read.',
    hint: 'Run the backup again when the pack is over.',
    retryable: true,
  },

  'repository.missing': {
    exit: EXIT.repository,
    meaning: 'The repository directory does not exist.',
    hint: 'Nothing was backed up there yet: run `holdfast backup` first, or give another path with --repository.',
  },
  'repository.no-backup': {
    exit: EXIT.repository,
    meaning: 'The repository has no backup for that moment.',
    hint: 'Run `holdfast list` to see what there is.',
  },
  'repository.damaged': {
    exit: EXIT.repository,
    meaning: 'A backup is incomplete or does not match what was recorded of it.',
    hint: 'Run `holdfast verify` to see which backups are affected, and make a full backup now.',
  },
  'repository.foreign-writer': {
    exit: EXIT.busy,
    meaning: 'Another program wrote to the repository at the same time.',
    hint: 'Wait until that repozo has ended, then run the backup again.',
    retryable: true,
  },
  'repository.clock-behind': {
    exit: EXIT.refused,
    meaning: 'The newest backup is later than the clock, so a new one would not be found by its name.',
    hint: 'Set the clock right; if the clock is right and the backup has a false name, move that backup away.',
  },
  'repository.same-second': {
    exit: EXIT.refused,
    meaning: 'A backup of this very second exists.',
    hint: 'Run the command again.',
    retryable: true,
  },
  'repository.other-history': {
    exit: EXIT.refused,
    meaning: 'The source is not the storage that this repository holds, or is an older state of it.',
    hint: 'If this is meant (after a restore of an older state), run again with --accept-new-history; nothing of the old history is removed.',
  },
  'repository.verify-failed': {
    exit: EXIT.repository,
    meaning: 'The check found backups that could not be restored as recorded.',
    hint: 'Make a full backup now; keep the damaged files until it is verified.',
  },
} as const satisfies Families<'filestorage' | 'gzip' | 'source' | 'repository'>;
