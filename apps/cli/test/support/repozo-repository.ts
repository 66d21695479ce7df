import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleFile, temporaryDirectory } from '@holdfast/test-kit';
import { realRepozo } from './repozo-peer.js';

/** Days after 1 January 2024 on which the backups of `makeRepository` were made. */
const BACKUPS = [
  { day: 0, transactions: 4, options: '-B' },
  { day: 1, transactions: 6, options: '-BzQ' },
  { day: 31, transactions: 7, options: '-BzFQ' },
  { day: 32, transactions: 8, options: '-BzQ' },
];

export const FIRST_INCREMENT = '2024-01-02-10-00-00.deltafsz';
export const LAST_FULL = '2024-02-01-10-00-00.fsz';
export const LAST_INCREMENT = '2024-02-02-10-00-00.deltafsz';
export const LAST_DAT = '2024-02-01-10-00-00.dat';

/**
 * A directory with a repository of two chains in `repo`, made by real repozo, an empty directory `empty`, and
 * `Data.fs`, which has grown by two transactions since the last backup.
 */
export async function makeRepository(): Promise<string> {
  const directory = await temporaryDirectory();
  const datafs = join(directory, 'Data.fs');
  for (const name of ['repo', 'empty']) await mkdir(join(directory, name));
  const ends = (await sampleFile(datafs)).map(({ end }) => end);
  const whole = await readFile(datafs);
  for (const { day, transactions, options } of BACKUPS) {
    await writeFile(datafs, whole);
    await truncate(datafs, ends[transactions - 1]);
    const nowMs = Date.UTC(2024, 0, 1 + day, 10);
    const argv = [options, '-r', 'repo', '-f', 'Data.fs'];
    const [ran] = await realRepozo([{ cwd: directory, argv, nowMs }]);
    if (ran?.status !== 0) throw new Error(`repozo ${options}: ${ran?.stderr}`);
  }
  await writeFile(datafs, whole);
  return directory;
}
