import { EXIT } from '@holdfast/errors';
import type { RestoreName, RestoreOptions } from '../commands/restore.js';
import { PLACE_OPTIONS } from './place-options.js';
import type { CommandSpec, OptionSpec } from './spec.js';

const DATE = {
  name: '[date...]',
  text: 'a set as `holdfast list` names it, or a date in UTC: YYYY-MM-DD (the last set of that day), or with a time: YYYY-MM-DD HH:MM[:SS]',
};

const OPTIONS: readonly OptionSpec[] = [
  ...PLACE_OPTIONS,
  {
    flags: '--to <dir>',
    text: 'restore to this directory, which is empty or missing; the site stays as it is',
  },
  {
    flags: '-o, --output <file>',
    text: 'restore the Data.fs alone to this file, - for standard output',
    conflicts: 'to',
  },
  { flags: '--no-blobs', text: 'restore the Data.fs alone, in its place' },
  { flags: '--no-verify', text: 'do not compare what is read with what was recorded of it' },
  { flags: '-n, --no-prompt', text: 'do not ask before anything is replaced' },
  { flags: '--replace', text: 'do not keep what is replaced as .old' },
  {
    flags: '--free-first',
    text: 'where the disk is too small for both: check the backup, then remove the old files first',
  },
];

export const RESTORE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'restore',
    text: 'restore Data.fs and blobs as they were at a date, or as they were last backed up',
    words: [DATE],
    usage: '[options] [date]',
    options: OPTIONS,
    examples: [
      'cd /srv/site && holdfast restore',
      'holdfast restore 2026-11-20 14:30 --to /tmp/site-of-yesterday',
      'holdfast restore --repository /backup/site --output - | ssh other "cat > Data.fs"',
    ],
    run: (context, options, words) => run(context, 'restore', options, words),
  },
  {
    name: 'snapshotrestore',
    text: 'restore what snapshotbackup made',
    words: [DATE],
    usage: '[options] [date]',
    options: OPTIONS,
    examples: ['cd /srv/site && holdfast snapshotrestore'],
    run: (context, options, words) => run(context, 'snapshotrestore', options, words),
  },
  {
    name: 'ziprestore',
    text: 'restore what zipbackup made',
    words: [DATE],
    usage: '[options] [date]',
    options: OPTIONS,
    examples: ['cd /srv/site && holdfast ziprestore'],
    run: (context, options, words) => run(context, 'ziprestore', options, words),
  },
  {
    name: 'altrestore',
    text: 'restore from the alternative sources (alternative_restore_sources), such as a copy of the live site',
    words: [DATE],
    usage: '[options] [date]',
    options: OPTIONS,
    examples: ['cd /srv/staging && holdfast altrestore'],
    run: (context, options, words) => run(context, 'altrestore', options, words),
  },
];

async function run(
  context: Parameters<CommandSpec['run']>[0],
  name: RestoreName,
  options: object,
  words: readonly string[],
) {
  const { restoreCommand } = await import('../commands/restore.js');
  await restoreCommand(
    context,
    name,
    words.length === 0 ? undefined : words.join(' '),
    options as RestoreOptions,
  );
  return EXIT.ok;
}
