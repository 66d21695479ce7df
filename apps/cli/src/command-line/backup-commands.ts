import { EXIT } from '@holdfast/errors';
import type { BackupName, BackupOptions } from '../commands/backup.js';
import { PLACE_OPTIONS } from './place-options.js';
import type { CommandSpec, OptionSpec } from './spec.js';

const COMMON: readonly OptionSpec[] = [
  ...PLACE_OPTIONS,
  { flags: '--no-gzip', text: 'do not compress the filestorage backup' },
  { flags: '--codec <name>', text: 'compressor', choices: ['auto', 'libdeflate', 'zlib'], initial: 'auto' },
  {
    flags: '--accept-new-history',
    text: 'take a storage that is not the one backed up here as a new history',
  },
  { flags: '--itemize', text: 'name each blob that is new, linked anew, gone or left out' },
  { flags: '--dry-run', text: 'tell what would be done, and do nothing' },
];

const THOROUGH: OptionSpec = {
  flags: '--thorough',
  text: 'compare all that was backed up before, not only its checkpoints, and walk the blob directory',
};

export const BACKUP_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'backup',
    text: 'back up what is new in the Data.fs and the blobs (a full backup where that is needed)',
    options: [...COMMON, { flags: '--full', text: 'make a full backup' }, THOROUGH],
    examples: [
      'cd /srv/site && holdfast backup',
      'holdfast backup -q --config /srv/site/holdfast.toml',
      'holdfast backup --datafs /srv/site/var/filestorage/Data.fs --repository /backup/site',
      'holdfast backup --dry-run --itemize',
    ],
    run: (context, options) => run(context, 'backup', options),
  },
  {
    name: 'fullbackup',
    text: 'back up the whole Data.fs, and the blobs',
    options: COMMON,
    examples: ['cd /srv/site && holdfast fullbackup'],
    run: (context, options) => run(context, 'fullbackup', options),
  },
  {
    name: 'snapshotbackup',
    text: 'a full backup at a place of its own (snapshotlocation), that later backups leave alone',
    options: COMMON,
    examples: ['cd /srv/site && holdfast snapshotbackup'],
    run: (context, options) => run(context, 'snapshotbackup', options),
  },
  {
    name: 'zipbackup',
    text: 'a full backup to carry away (ziplocation): the blobs are one tar archive; only the last one is kept',
    options: COMMON,
    examples: ['cd /srv/site && holdfast zipbackup'],
    run: (context, options) => run(context, 'zipbackup', options),
  },
];

async function run(context: Parameters<CommandSpec['run']>[0], name: BackupName, options: object) {
  const { backupCommand } = await import('../commands/backup.js');
  await backupCommand(context, name, options as BackupOptions);
  return EXIT.ok;
}
