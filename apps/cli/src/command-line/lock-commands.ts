import { EXIT } from '@holdfast/errors';
import type { LockRunOptions } from '../commands/lock-run.js';
import type { CommandSpec, WordSpec } from './spec.js';

const DIRECTORY: WordSpec = { name: '<dir>', text: 'directory of the lock files' };

export const LOCK_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'lock run',
    text: "run a command while holding a lock; the exit status is the command's",
    words: [
      {
        name: '<name>',
        text: "path of a lock file, or one of barman's kinds, such as cron or server-backup",
      },
      { name: '<command...>', text: 'the command and its arguments, after --' },
    ],
    usage: '[options] <name> -- <command...>',
    runsProgram: true,
    options: [
      { flags: '--wait <seconds>', text: 'wait for a busy lock (default: not at all)' },
      { flags: '--fail-status <n>', text: 'exit status when the lock is busy (default: 3)' },
      { flags: '--close', text: 'do not let the command inherit the lock' },
      { flags: '--shared', text: 'lock for reading: others may do so too' },
      { flags: '--lock-directory <dir>', text: "of barman's kinds: where their lock files are" },
      { flags: '--server <name>', text: "of barman's kinds: the server" },
      { flags: '--backup <id>', text: "of barman's kinds: the backup" },
    ],
    examples: [
      'holdfast lock run --wait 60 var/filestorage/Data.fs.lock -- tar cf /backup/fs.tar var/filestorage',
    ],
    run: async (context, options, [name = '', ...words]) => {
      const { lockRunCommand } = await import('../commands/lock-run.js');
      const command = words[0] === '--' ? words.slice(1) : words;
      return lockRunCommand(context, name, command, options as LockRunOptions);
    },
  },
  {
    name: 'lock list',
    text: 'list what is locked in a directory, by whom and since when',
    words: [DIRECTORY],
    options: [],
    examples: ['holdfast lock list var/backups'],
    run: async (context, _options, [directory = '']) => {
      const { lockListCommand } = await import('../commands/lock-list.js');
      await lockListCommand(context, directory);
      return EXIT.ok;
    },
  },
  {
    name: 'lock clean',
    text: 'remove the files of locks that nobody holds',
    words: [DIRECTORY],
    options: [{ flags: '--dry-run', text: 'tell what would be removed, and remove nothing' }],
    examples: ['holdfast lock clean --dry-run var/backups'],
    run: async (context, options, [directory = '']) => {
      const { lockCleanCommand } = await import('../commands/lock-list.js');
      await lockCleanCommand(context, directory, options as { readonly dryRun?: boolean });
      return EXIT.ok;
    },
  },
];
