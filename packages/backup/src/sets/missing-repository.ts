import { HoldfastError } from '@holdfast/errors';
import type { SetKind } from '../config.js';

const COMMANDS: Readonly<Record<SetKind, string>> = {
  backup: 'backup',
  snapshot: 'snapshotbackup',
  zip: 'zipbackup',
};

/** Nothing was backed up there yet; the hint names the command that would. @param kind the only one that is looked at */
export function missingRepository(path: string, kind: SetKind = 'backup'): HoldfastError {
  const command = COMMANDS[kind];
  return new HoldfastError('repository.missing', `there is no repository at ${path}`, {
    path,
    hint: `Nothing was backed up there yet: run \`holdfast ${command}\` first, or correct the place in the configuration.`,
  });
}
