import { EXIT } from '@holdfast/errors';
import type { DsRestoreOptions } from '../commands/ds-restore.js';
import type { FrozenOptions } from '../commands/ds-storage.js';
import type { CommandSpec, OptionSpec } from './spec.js';

const STORAGE: OptionSpec = {
  flags: '--storage <dir>',
  text: 'the DirectoryStorage directory (default: that of the snapshot this runs under)',
};

const FROZEN: readonly OptionSpec[] = [
  STORAGE,
  {
    flags: '--snapshot-conf <file>',
    text: 'methods to enter snapshot mode (default: config/snapshot.conf of the storage)',
  },
];

export const DS_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'ds check',
    text: 'check every file of a DirectoryStorage, by itself and against the others',
    options: FROZEN,
    examples: [
      'holdfast ds check --storage /srv/ds',
      'holdfast snapshot -t 600 --storage /srv/ds -- holdfast ds check',
    ],
    run: async (context, options) => {
      const { dsCheckCommand } = await import('../commands/ds-check.js');
      await dsCheckCommand(context, options as FrozenOptions);
      return EXIT.ok;
    },
  },
  {
    name: 'ds backup',
    text: 'back up a DirectoryStorage to its directory backups, wholly or what is new',
    words: [
      {
        name: '<word...>',
        text: 'prefix <p>: begin the names of archives so; full: a full backup; inc <moment>: what is new since the last backup before that moment',
      },
    ],
    options: FROZEN,
    examples: [
      'holdfast ds backup --storage /srv/ds full',
      'holdfast ds backup --storage /srv/ds prefix daily inc "36 hours ago"',
    ],
    run: async (context, options, words) => {
      const { dsBackupCommand } = await import('../commands/ds-backup.js');
      await dsBackupCommand(context, words, options as FrozenOptions);
      return EXIT.ok;
    },
  },
  {
    name: 'ds whatsnew',
    text: 'list the files that were written after a transaction',
    words: [{ name: '<tid>', text: 'the transaction, 16 hex digits' }],
    options: FROZEN,
    examples: ['holdfast ds whatsnew --storage /srv/ds 040D274A290810CC'],
    run: async (context, options, [tid = '']) => {
      const { dsWhatsnewCommand } = await import('../commands/ds-whatsnew.js');
      await dsWhatsnewCommand(context, tid, options as FrozenOptions);
      return EXIT.ok;
    },
  },
  {
    name: 'ds info',
    text: 'tell what a DirectoryStorage is and what state it is in',
    options: [STORAGE],
    examples: ['holdfast ds info --storage /srv/ds'],
    run: async (context, options) => {
      const { dsInfoCommand } = await import('../commands/ds-info.js');
      await dsInfoCommand(context, options);
      return EXIT.ok;
    },
  },
  {
    name: 'ds restore',
    text: 'make a DirectoryStorage out of its archives, in a new directory',
    words: [{ name: '[number]', text: 'the number of the backup (default: the newest)' }],
    options: [
      { flags: '--output <dir>', text: 'the directory to make' },
      { ...STORAGE, text: 'the DirectoryStorage directory whose backups are restored' },
      { flags: '--backups <dir>', text: 'the directory with the archives (default: backups of the storage)' },
      { flags: '--prefix <text>', text: 'use archives whose names begin so' },
    ],
    examples: [
      'holdfast ds restore --storage /srv/ds --output /srv/ds.restored',
      'holdfast ds restore --backups /backup/ds --output /srv/ds 17',
    ],
    run: async (context, options, [number]) => {
      const { dsRestoreCommand } = await import('../commands/ds-restore.js');
      await dsRestoreCommand(context, number, options as DsRestoreOptions);
      return EXIT.ok;
    },
  },
];
