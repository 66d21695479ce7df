import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { peersState } from '@holdfast/test-kit';
import { type Command, type Cost, measure } from './measured-process.js';
import { ROOT } from './root.js';

/** The programs that are compared, as a user would start them. */
export interface Programs {
  /** Python packages of the peers, name and version. */
  readonly versions: Readonly<Record<string, string>>;
  holdfast(...args: readonly string[]): Command;
  repozo(...args: readonly string[]): Command;
  measure(command: Command): Promise<Cost>;
}

const HOLDFAST = join(ROOT, 'apps', 'cli', 'bin', 'holdfast.js');

/** Finds both programs; an error says what is missing. */
export function findPrograms(): Programs {
  const state = peersState();
  if (!state.available) throw new Error(`there is nothing to compare with: no Python peers: ${state.reason}`);
  if (!existsSync(HOLDFAST)) throw new Error(`${HOLDFAST} is not built: run \`npm run setup\``);
  const repozo = join(dirname(state.python), 'repozo');
  return {
    versions: state.versions,
    holdfast: (...args) => ({ file: process.execPath, args: [HOLDFAST, ...args] }),
    repozo: (...args) => ({ file: repozo, args }),
    measure: (command) => measure(state.python, command),
  };
}
