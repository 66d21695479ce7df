import type { Families } from './entry.js';
import { EXIT } from './exit.js';

export const DIRECTORYSTORAGE = {
  'directorystorage.missing': {
    exit: EXIT.source,
    meaning: 'The directory is not a DirectoryStorage: a part that every one has is not there.',
    hint: 'Give the directory that holds A, B, journal, misc and config; an empty B, journal or misc may be made by hand.',
  },
  'directorystorage.settings': {
    exit: EXIT.source,
    meaning: 'The file config/settings of a DirectoryStorage cannot be understood.',
    hint: 'Compare config/settings with the one that mkds writes for a new storage.',
  },
  'directorystorage.unsupported': {
    exit: EXIT.source,
    meaning: 'The DirectoryStorage has a format, version or class that this command does not know.',
    hint: 'Known are version 0.11, the formats bushy, chunky, lawn and flat, and the classes Full and Minimal.',
  },
  'directorystorage.journal': {
    exit: EXIT.refused,
    meaning: 'The journal (or B) of a DirectoryStorage holds something that is not a transaction.',
    hint: 'Find out what it is and move it away; nothing was changed.',
  },
  'directorystorage.replica': {
    exit: EXIT.refused,
    meaning: 'The journal holds a replica that was received whole and is not yet unpacked.',
    hint: 'Open the storage once with DirectoryStorage, which unpacks it, and close it; nothing was changed.',
  },
  'directorystorage.damaged': {
    exit: EXIT.source,
    meaning: 'A file of a DirectoryStorage holds what it cannot hold.',
    hint: 'Run `holdfast ds check`, keep a copy, and restore the last backup beside it.',
  },
  'directorystorage.check-failed': {
    exit: EXIT.source,
    meaning: 'The check of a DirectoryStorage found problems.',
    hint: 'Do not pack it. Keep a copy, restore the last backup beside it and compare.',
  },
  'directorystorage.reference': {
    exit: EXIT.refused,
    meaning:
      'The transaction that an increment would begin at is of no use: later than the storage, not in its history, or packed away.',
    hint: 'Make a full backup: `holdfast ds backup full`.',
  },
  'directorystorage.old-snapshot': {
    exit: EXIT.refused,
    meaning: 'The snapshot is older than twelve hours or later than the clock.',
    hint: 'Take a new snapshot; look at the clock.',
  },
  'directorystorage.archive': {
    exit: EXIT.repository,
    meaning: 'A backup archive of a DirectoryStorage is damaged, or holds names that do not belong in one.',
    hint: 'Nothing was put in place. Use another archive, and find out who wrote this one.',
  },
  'directorystorage.index': {
    exit: EXIT.repository,
    meaning: 'The list of backups (backups/tindex) has a line that is none.',
    hint: 'Mend or remove that line; without the list the next increment needs a full backup first.',
  },
} as const satisfies Families<'directorystorage'>;
