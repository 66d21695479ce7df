import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { screen } from './screen.js';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The command, relative to the checkout. */
export const BIN = 'apps/cli/bin/holdfast.js';

/** Runs `holdfast` in a directory and shows the command and its output as they come; a failure ends the tour. */
export async function holdfast(cwd: string, ...args: readonly string[]): Promise<void> {
  const shown = ['holdfast', ...args].map(quoted).join(' ');
  screen.command(shown);
  const child = spawn(process.execPath, [`${ROOT}${BIN}`, ...args], {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const status = await new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal!));
  });
  if (status !== 0)
    throw new Error(`'${shown}' ended with ${typeof status === 'number' ? 'status ' : ''}${status}`);
}

function quoted(word: string): string {
  return /^[\w./=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
