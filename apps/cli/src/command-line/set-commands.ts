import { EXIT } from '@holdfast/errors';
import type { KeepOptions } from '../commands/keep.js';
import type { PruneOptions } from '../commands/prune.js';
import type { StatusOptions } from '../commands/status.js';
import type { VerifyOptions } from '../commands/verify.js';
import type { KindOptions } from '../sets.js';
import { CONFIG, SET_OPTIONS } from './place-options.js';
import type { CommandSpec } from './spec.js';

const SET = { name: '<set>', text: 'as `holdfast list` names it, or enough of its beginning' };

/** What is done with sets that are there. */
export const SET_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'list',
    text: 'list the sets that can be restored',
    options: SET_OPTIONS,
    examples: ['cd /srv/site && holdfast list', 'holdfast list --json | jq -r ".sets[-1].id"'],
    run: async (context, options) => {
      const { listCommand } = await import('../commands/list.js');
      await listCommand(context, options as KindOptions);
      return EXIT.ok;
    },
  },
  {
    name: 'show',
    text: 'show one set in full: its files, its blobs, when it was checked',
    words: [SET],
    options: SET_OPTIONS,
    examples: ['holdfast show 2026-11-20-02-00-00'],
    run: async (context, options, [id = '']) => {
      const { showCommand } = await import('../commands/show.js');
      await showCommand(context, id, options as KindOptions);
      return EXIT.ok;
    },
  },
  {
    name: 'status',
    text: 'tell how safe the site is: what could be restored, how old, when checked, what a crash would lose',
    options: [
      CONFIG,
      { flags: '--check', text: 'end with exit status 1 where a storage is in danger' },
      {
        flags: '--prometheus <file>',
        text: 'write the figures to this file for node_exporter, and print nothing; -: to standard output',
      },
    ],
    examples: [
      'cd /srv/site && holdfast status',
      'holdfast status --check -q || echo "look at the backups"',
      'holdfast status --prometheus /var/lib/node_exporter/holdfast.prom',
    ],
    run: async (context, options) => {
      const { statusCommand } = await import('../commands/status.js');
      return await statusCommand(context, options as StatusOptions);
    },
  },
  {
    name: 'verify',
    text: 'check that every set could be restored',
    options: [
      ...SET_OPTIONS,
      { flags: '--quick', text: 'look at names, ranges and sizes only', conflicts: 'deep' },
      { flags: '--deep', text: 'decompress everything, walk every transaction, read every blob' },
    ],
    examples: ['cd /srv/site && holdfast verify', 'holdfast verify --deep --repository /backup/site'],
    run: async (context, options) => {
      const { verifyCommand } = await import('../commands/verify.js');
      await verifyCommand(context, options as VerifyOptions);
      return EXIT.ok;
    },
  },
  {
    name: 'prune',
    text: 'remove the sets that no rule of the configuration keeps (each backup does so at its end)',
    options: [...SET_OPTIONS, { flags: '--dry-run', text: 'tell for each set why it would stay or go' }],
    examples: ['holdfast prune --dry-run'],
    run: async (context, options) => {
      const { pruneCommand } = await import('../commands/prune.js');
      await pruneCommand(context, options as PruneOptions);
      return EXIT.ok;
    },
  },
  {
    name: 'keep',
    text: 'keep a set for good: no rule removes it',
    words: [SET],
    options: [
      ...SET_OPTIONS,
      { flags: '--note <text>', text: 'why, for whoever finds it' },
      { flags: '--undo', text: 'leave it to the rules again' },
    ],
    examples: ['holdfast keep 2026-11-20-02-00-00 --note "before the upgrade"'],
    run: async (context, options, [id = '']) => {
      const { keepCommand } = await import('../commands/keep.js');
      await keepCommand(context, id, options as KeepOptions);
      return EXIT.ok;
    },
  },
];
