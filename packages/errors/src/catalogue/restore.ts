import type { Families } from './entry.js';
import { EXIT } from './exit.js';

export const RESTORE = {
  'restore.declined': {
    exit: EXIT.ok,
    meaning: 'The user did not say yes; nothing was changed.',
    hint: 'Answer yes, or use --no-prompt.',
  },
  'restore.target-in-use': {
    exit: EXIT.busy,
    meaning: 'The target of the restore is in use by a running process.',
    hint: 'Stop Zope and ZEO first, or restore to another place with --to or --output.',
  },
  'restore.not-possible': {
    exit: EXIT.refused,
    meaning: 'More than one thing stands in the way of the restore.',
    hint: 'Nothing was changed. Put right what each line names, then run the command again.',
  },
  'restore.not-empty': {
    exit: EXIT.refused,
    meaning: 'The directory given with --to holds something already.',
    hint: 'Give a directory that is empty or does not exist yet.',
  },
  'restore.overlap': {
    exit: EXIT.refused,
    meaning:
      'The places of the restore lie within one another, the backups within a place that it replaces, or the directory of --to within the blobs or the backups of the site.',
    hint: 'Correct the places in the configuration, or restore to another place with --to.',
  },
  'restore.mount-point': {
    exit: EXIT.refused,
    meaning: 'The file to replace is itself a mount point, so nothing can take its name.',
    hint: 'Mount the directory instead of the file, or restore to another place with --to.',
  },
  'restore.target-changed': {
    exit: EXIT.refused,
    meaning: 'The target of the restore changed while the restore was being built.',
    hint: 'The restore was taken back. Find out what wrote there, stop it, and run the restore again.',
  },
  'restore.journal': {
    exit: EXIT.refused,
    meaning: 'The journal of a killed restore cannot be trusted, or does not fit what is on the disk.',
    hint: 'Nothing was changed. Compare the journal with the files that it names (docs/restoring.md).',
  },
  'restore.unfinished': {
    exit: EXIT.refused,
    meaning: 'A restore stopped in the middle of putting its files in place, and could not be taken back.',
    hint: 'Do not start Zope. Put right what the cause names, and run the restore again: it finishes this one first.',
  },
} as const satisfies Families<'restore'>;
