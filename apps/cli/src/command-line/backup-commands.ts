import { EXIT } from '@holdfast/errors';
import type { BackupOptions } from '../commands/backup.js';
import type { RestoreOptions } from '../commands/restore.js';
import type { VerifyOptions } from '../commands/verify.js';
import type { CommandSpec, OptionSpec } from './spec.js';

const REPOSITORY: OptionSpec = {
  flags: '--repository <dir>',
  text: 'directory of the backups (default: var/backups of the site)',
};

const BACKUP_OPTIONS: readonly OptionSpec[] = [
  { flags: '--datafs <file>', text: 'the storage (default: var/filestorage/Data.fs of the site)' },
  REPOSITORY,
  { flags: '--no-gzip', text: 'do not compress' },
  {
    flags: '--codec <name>',
    text: 'compressor',
    choices: ['auto', 'libdeflate', 'zlib'],
    initial: 'auto',
  },
  {
    flags: '--accept-new-history',
    text: 'take a storage that is not the one backed up here as a new history',
  },
  { flags: '--dry-run', text: 'tell what would be done, and do nothing' },
];

export const BACKUP_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'backup',
    text: 'back up what is new in a Data.fs (a full backup where that is needed)',
    options: [
      ...BACKUP_OPTIONS,
      { flags: '--full', text: 'make a full backup' },
      { flags: '--thorough', text: 'compare all that was backed up before, not only its checkpoints' },
    ],
    examples: [
      'cd /srv/site && holdfast backup',
      'holdfast backup -q --datafs /srv/site/var/filestorage/Data.fs --repository /backup/site',
      'holdfast backup --dry-run',
    ],
    run: async (context, options) => {
      const { backupCommand } = await import('../commands/backup.js');
      await backupCommand(context, 'backup', options as BackupOptions);
      return EXIT.ok;
    },
  },
  {
    name: 'fullbackup',
    text: 'back up the whole of a Data.fs',
    options: BACKUP_OPTIONS,
    examples: ['cd /srv/site && holdfast fullbackup', 'holdfast fullbackup --repository /backup/site'],
    run: async (context, options) => {
      const { backupCommand } = await import('../commands/backup.js');
      await backupCommand(context, 'fullbackup', { ...(options as BackupOptions), full: true });
      return EXIT.ok;
    },
  },
  {
    name: 'restore',
    text: 'restore a Data.fs as it was at a date, or as it was last backed up',
    words: [
      {
        name: '[date...]',
        text: 'UTC: YYYY-MM-DD (the last backup of that day), or with a time: YYYY-MM-DD HH:MM[:SS]',
      },
    ],
    usage: '[options] [date]',
    options: [
      REPOSITORY,
      {
        flags: '-o, --output <file>',
        text: 'where to restore to, - for standard output (default: the Data.fs of the site)',
      },
      { flags: '--no-verify', text: 'do not compare what is read with what was recorded of it' },
      { flags: '-n, --no-prompt', text: 'do not ask before a file is replaced' },
      { flags: '--replace', text: 'do not keep the replaced file as .old' },
    ],
    examples: [
      'cd /srv/site && holdfast restore',
      'holdfast restore 2026-11-20 14:30 --output /tmp/Data.fs',
      'holdfast restore --repository /backup/site --output - | ssh other "cat > Data.fs"',
    ],
    run: async (context, options, words) => {
      const { restoreCommand } = await import('../commands/restore.js');
      const date = words.length === 0 ? undefined : words.join(' ');
      await restoreCommand(context, date, options as RestoreOptions);
      return EXIT.ok;
    },
  },
  {
    name: 'list',
    text: 'list the moments that can be restored',
    options: [REPOSITORY],
    examples: ['cd /srv/site && holdfast list', 'holdfast list --json | jq -r ".backups[-1].time"'],
    run: async (context, options) => {
      const { listCommand } = await import('../commands/list.js');
      await listCommand(context, options);
      return EXIT.ok;
    },
  },
  {
    name: 'verify',
    text: 'check that every backup could be restored',
    options: [
      REPOSITORY,
      { flags: '--quick', text: 'look at names, ranges and sizes only', conflicts: 'deep' },
      { flags: '--deep', text: 'decompress everything and walk every transaction' },
    ],
    examples: ['cd /srv/site && holdfast verify', 'holdfast verify --deep --repository /backup/site'],
    run: async (context, options) => {
      const { verifyCommand } = await import('../commands/verify.js');
      await verifyCommand(context, options as VerifyOptions);
      return EXIT.ok;
    },
  },
];
