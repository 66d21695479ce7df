import { EXIT } from '@holdfast/errors';
import type { InitOptions } from '../commands/init.js';
import type { CommandSpec } from './spec.js';

export const INIT_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    text: 'write a holdfast.toml, from the site as it is, a zope.conf, a zeo.conf or a buildout',
    words: [
      {
        name: '[file]',
        text: 'a zope.conf, a zeo.conf, or the buildout.cfg with a part of collective.recipe.backup',
      },
    ],
    options: [
      { flags: '--part <name>', text: 'the part of the buildout (default: the only one)' },
      { flags: '-o, --output <file>', text: 'where to write (default: holdfast.toml of the site)' },
      {
        flags: '--scripts <dir>',
        text: 'also write bin/backup, bin/restore and the others, as the recipe does',
      },
      { flags: '--dry-run', text: 'show what would be written, and write nothing' },
      { flags: '-y, --yes', text: 'write without asking' },
      { flags: '-n, --no-prompt', text: 'the same' },
      { flags: '--force', text: 'replace what is there; the old files are kept' },
    ],
    examples: [
      'cd /srv/site && holdfast init',
      'holdfast init parts/zeoserver/etc/zeo.conf',
      'holdfast init buildout.cfg --part plonebackup --scripts bin',
    ],
    run: async (context, options, [file]) => {
      const { initCommand } = await import('../commands/init.js');
      await initCommand(context, file, options as InitOptions);
      return EXIT.ok;
    },
  },
];
