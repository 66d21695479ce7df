import { BACKUP_COMMANDS } from './backup-commands.js';
import { DS_COMMANDS } from './ds-commands.js';
import { INIT_COMMANDS } from './init-commands.js';
import { LOCK_COMMANDS } from './lock-commands.js';
import { RESTORE_COMMANDS } from './restore-commands.js';
import { SET_COMMANDS } from './set-commands.js';
import { SNAPSHOT_COMMANDS } from './snapshot-commands.js';
import type { CommandSpec } from './spec.js';

/** Every command but `repozo`, which has a command line of its own. */
export const COMMANDS: readonly CommandSpec[] = [
  ...BACKUP_COMMANDS,
  ...RESTORE_COMMANDS,
  ...SET_COMMANDS,
  ...INIT_COMMANDS,
  ...LOCK_COMMANDS,
  ...SNAPSHOT_COMMANDS,
  ...DS_COMMANDS,
];

/** The first words of commands of two, and what their help says. */
export const GROUPS: Readonly<Record<string, string>> = {
  ds: 'check, back up and restore a DirectoryStorage; list what is new in it',
  lock: 'run a command under a lock that also keeps Python programs out; list and clean up locks',
};

/** The command that a command line names, for the message when it goes wrong. */
export function nameOfCommand(argv: readonly string[]): string {
  const words = argv.filter((word) => !word.startsWith('-'));
  const [first = '', second = ''] = words;
  const two = `${first} ${second}`;
  return (
    COMMANDS.find(({ name }) => name === first || name === two)?.name ??
    (Object.hasOwn(GROUPS, first) ? first : 'holdfast')
  );
}
