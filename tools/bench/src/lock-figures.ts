import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './root.js';

/** What locks may cost, milliseconds in process (issue 3, "It works when", 5); without a limit: for comparison. */
const ROWS: readonly { readonly figure: string; readonly limit?: number }[] = [
  { figure: 'KernelLock, ms', limit: 0.05 },
  { figure: 'KernelLock, first use, ms', limit: 15 },
  { figure: 'LockFile (writes its pid), ms' },
  { figure: 'barman LockFile in Python, ms' },
  { figure: 'barman LockFile in Python, first use with its import, ms' },
  { figure: 'repository lock, kernel, ms' },
  { figure: 'repository lock, lease, ms' },
  { figure: 'KernelLock through util-linux, ms' },
];

/**
 * The suite `locks`: acquiring and releasing is far shorter than starting a process, so it is measured inside one,
 * by the script of the lockfile package, Python's beside it. Gives the lines of the report.
 */
export async function lockFigures(): Promise<readonly string[]> {
  const script = join(ROOT, 'packages', 'lockfile', 'bench', 'locks.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--json'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the measurement of locks failed: ${stderr.trim()}`);
  const figures = JSON.parse(stdout) as Readonly<Record<string, number>>;
  const directory = join(ROOT, '.bench');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'locks.json'), `${JSON.stringify(figures, undefined, 2)}\n`);
  return ROWS.map(({ figure, limit }) => line(figure, figures[figure], limit));
}

function line(figure: string, value: number | undefined, limit: number | undefined): string {
  if (value === undefined) return `not measured  ${figure}`;
  const verdict = limit === undefined ? '' : value <= limit ? 'reached' : 'MISSED';
  const wanted = limit === undefined ? '' : ` (at most ${limit})`;
  return `${verdict.padEnd(12)}  ${figure}: ${value.toFixed(3)}${wanted}`;
}
