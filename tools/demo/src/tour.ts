import { join } from 'node:path';
import { type Content, contentOf, expectSame } from './compare.js';
import { BIN, holdfast, ROOT } from './holdfast.js';
import { screen } from './screen.js';
import { fill, firstSet, type Site, type SiteContent, siteContent, upload, work } from './site.js';

const TRANSACTIONS = 400;
const MORE_TRANSACTIONS = 150;
const FILES = 200;
const MORE_FILES = 12;
/** Between two transactions of the sample. */
const MINUTE = 60_000;

/** The whole tour; an error ends it. */
export async function tour(site: Site): Promise<void> {
  const { directory, datafs, blobs } = site;
  const run = (...args: readonly string[]) => holdfast(directory, ...args);

  screen.title(
    'Holdfast: a database and its files are backed up, changed, backed up again, verified and restored',
  );
  screen.text(`\n'holdfast' stands for 'node ${BIN}'. Everything happens in a temporary site:`);
  await fill(site, TRANSACTIONS, Date.now() - (TRANSACTIONS + MORE_TRANSACTIONS + 2) * MINUTE);
  await upload(site, FILES);
  const first = await siteContent(site);
  screen.text(`  ${directory}`);
  screen.text(`  ${datafs}: 300 documents, ${TRANSACTIONS} transactions, ${megabytes(first.datafs)}`);
  screen.text(`  ${blobs}: ${FILES} uploaded files (blobs) and .layout, ${megabytes(first.blobs)}`);

  screen.explain('The first backup takes everything. The usual places of a site are found by themselves.');
  await run('backup');

  await work(site, MORE_TRANSACTIONS);
  await upload(site, MORE_FILES);
  const second = await siteContent(site);
  screen.explain(
    `People worked: ${MORE_TRANSACTIONS} changes, ${MORE_FILES} files uploaded. Only what is new is copied.`,
  );
  await run('backup');

  screen.explain('Each backup is a set: a Data.fs and the blobs that belong to it.');
  await run('list');

  screen.explain('Would they restore? Every byte, every transaction and every blob is looked at.');
  await run('verify', '--deep');

  screen.explain('Restore the newest set, beside the site. (Without --to: in its place, after a question.)');
  await run('restore', '--to', 'latest');
  await expectRestored(site, 'latest', second, 'the site, byte for byte');

  screen.explain('Restore the first set: the files that came later are not there.');
  await run('restore', await firstSet(site), '--to', 'earlier');
  await expectRestored(site, 'earlier', first, 'the site as it was then, byte for byte');

  farewell();
}

async function expectRestored(
  { directory }: Site,
  name: string,
  expected: SiteContent,
  what: string,
): Promise<void> {
  await expectSameFiles(directory, join(name, 'Data.fs'), expected.datafs);
  const found = await expectSameFiles(directory, join(name, 'blobstorage'), expected.blobs);
  const count = [...found.sha256.keys()].filter((path) => path.endsWith('.blob')).length;
  screen.found(`${name}: Data.fs and ${count} blobs = ${what}.`);
}

async function expectSameFiles(directory: string, name: string, expected: Content): Promise<Content> {
  const found = await contentOf(join(directory, name));
  expectSame(found, expected, name);
  return found;
}

function farewell(): void {
  screen.title('\nOn your own site');
  screen.text(`
In the directory that has var/filestorage/Data.fs and var/blobstorage (backups go to var/backups and
var/blobstoragebackups, also beside those that bin/backup or repozo made; a running Zope is not disturbed):

  node ${ROOT}${BIN} backup
  node ${ROOT}${BIN} restore --to /tmp/trial

With a buildout, this shows the configuration that does the same as its [backup] part:

  node ${ROOT}${BIN} init buildout.cfg --dry-run

All commands: node ${BIN} --help`);
}

function megabytes({ bytes }: Content): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
