import { join } from 'node:path';
import { type Content, contentOf, expectSame } from './compare.js';
import { BIN, holdfast, ROOT } from './holdfast.js';
import { screen } from './screen.js';
import { fill, firstBackup, type Site, work } from './site.js';

const FIRST = 400;
const SECOND = 150;
/** Between two transactions of the sample. */
const MINUTE = 60_000;

/** The whole tour; an error ends it. */
export async function tour(site: Site): Promise<void> {
  const { directory, datafs } = site;
  const run = (...args: readonly string[]) => holdfast(directory, ...args);
  const source = join(directory, datafs);

  screen.title('Holdfast: a database is backed up, changed, backed up again, verified and restored');
  screen.text(`\n'holdfast' stands for 'node ${BIN}'. Everything happens in a temporary site:`);
  await fill(site, FIRST, Date.now() - (FIRST + SECOND) * MINUTE);
  const first = await contentOf(source);
  screen.text(`  ${directory}/${datafs}`);
  screen.text(`  (300 documents, ${FIRST} transactions, ${kilobytes(first)}, made by Holdfast's own writer)`);

  screen.explain('The first backup takes everything. The usual places of a site are found by themselves.');
  await run('backup');

  await work(site, SECOND);
  const second = await contentOf(source);
  screen.explain(
    `People worked: ${SECOND} more transactions, ${kilobytes(second)} now. Only what is new is backed up.`,
  );
  await run('backup');

  screen.explain("These moments can be restored. Python's repozo could restore them, too.");
  await run('list');

  screen.explain('Would they restore? Decompress everything, compare it, walk through every transaction.');
  await run('verify', '--deep');

  screen.explain('Restore to a new place: the database as it was last backed up.');
  await run('restore', '--output', 'latest.fs');
  await expectRestored(directory, 'latest.fs', second, `${datafs}, byte for byte`);

  screen.explain('Restore the moment of the first backup.');
  await run('restore', await firstBackup(site), '--output', 'earlier.fs');
  await expectRestored(directory, 'earlier.fs', first, `${datafs} as it was then, byte for byte`);

  farewell();
}

async function expectRestored(
  directory: string,
  name: string,
  expected: Content,
  what: string,
): Promise<void> {
  expectSame(await contentOf(join(directory, name)), expected, name);
  screen.found(`${name} = ${what}.`);
}

function farewell(): void {
  screen.title('\nOn your own database');
  screen.text(`
In the directory of a site that has var/filestorage/Data.fs (backups go to var/backups, also beside those that
bin/backup or repozo made; a running Zope is not disturbed):

  node ${ROOT}${BIN} backup
  node ${ROOT}${BIN} restore --output /tmp/Data.fs

Or with both places given:

  node ${BIN} backup --datafs /path/to/Data.fs --repository /path/to/backups

All commands: node ${BIN} --help`);
}

function kilobytes({ bytes }: Content): string {
  return `${Math.round(bytes / 1000)} kB`;
}
